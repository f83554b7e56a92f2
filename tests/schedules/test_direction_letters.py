"""What instructions and named events tell: by mail, with their own words, to those they concern."""

from __future__ import annotations

import re
from email.message import EmailMessage

from schedules.relay import relay
from tests.people import START, Cast, do
from tests.schedules.mailroom import mails
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def sent(services: Services) -> dict[str, EmailMessage]:
    """Every mail by the login of who gets it; nothing is left over."""
    outcome = relay(services, services.clock())
    assert (outcome["retried"], outcome["parked"]) == (0, 0)
    return {re.findall(r"<(\w+)@", str(mail["To"]))[0]: mail for mail in mails(services)}


def test_an_instruction_is_mailed_with_its_words_and_limit(services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "instruct", cast.sven, details=a.asking(cast.lead, START.date()))
    letters = sent(services)
    assert set(letters) == {"olga", "lena"}
    assert "领导批示" in letters["olga"]["Subject"]
    for said in ("请一周内报送推进计划。", "2022年1月14日", "推进公共机构开展能源审计及后评估"):
        assert said in text_of(letters["olga"])


def test_a_reply_reaches_the_leader_and_the_supervisor(services: Services, cast: Cast) -> None:
    a.an_answered_instruction(services, cast)
    letters = sent(services)
    assert {"sven", "amira"} <= set(letters)
    assert "批示回复" in letters["sven"]["Subject"]


def test_asking_again_names_the_reason_and_closing_is_told(services: Services, cast: Cast) -> None:
    instruction = a.an_answered_instruction(services, cast)
    do(services, "instruction", instruction, "ask_again", cast.sven, reason="数据不具体")
    do(services, "instruction", instruction, "reply", cast.olga, details={"text": "补充如下。"})
    do(services, "instruction", instruction, "close", cast.amira)
    do(services, "task", cast.task, "instruct", cast.sven, details=a.asking(cast.lead, START.date()))
    do(services, "instruction", instruction + 1, "withdraw", cast.sven, reason="误发")
    sent(services)
    told = [text_of(mail) for mail in mails(services)]
    assert sum("数据不具体" in text for text in told) == 2
    assert sum("贵单位回复后，批示已办结" in text for text in told) == 2
    assert sum("误发" in text for text in told) == 2
