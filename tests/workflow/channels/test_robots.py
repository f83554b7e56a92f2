"""Robots of groups and text messages: in the form that each takes, and believed only when they say they took it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.receivers import KEY, SECRET, TOKEN, Answer, Asked, Receiver, dingtalk, feishu, receiving, wecom
from workflow.adapters.channels import Parcel, Refused, Robot, Unavailable, listening
from workflow.adapters.channels.robots import LONGEST_TEXT, Groups, TextMessages, group_text, is_known
from workflow.adapters.letters import Letter, LetterIncomplete, Mailbox
from workflow.deliveries import Claimed

NOW = datetime(2023, 1, 30, 1, tzinfo=UTC)
LETTER = Letter(
    kind="card_raised", sender=Mailbox("市公共机构节能工作联席会议办公室", "duban@office.example"),
    recipient=Mailbox("张伟", "zhangwei@unit.example"), language="zh-Hans",
    facts={"item": "300家能源审计", "unit": "市机管局", "colour": "red", "days_late": 15, "by": "李四",
           "reason": "缺盖章页"},
    link="https://duban.example/milestones/17", message_id="<office.1@duban>", sent_at=NOW, about="milestone-17",
    due_on=date(2022, 12, 30),
)  # fmt: skip
SPOKEN: dict[str, tuple[str, Callable[[Asked], Answer]]] = {
    "wecom": (f"wecombot://{KEY}", wecom),
    "dingtalk": (f"dingtalk://{SECRET}@{TOKEN}/", dingtalk),
    "feishu": ("feishu://token-of-feishu", feishu),
}


def parcel(robot: str | None = None, phone: str | None = None, letter: Letter = LETTER) -> Parcel:
    delivery = Claimed(
        1, "office.1@duban", 0, letter.kind, {}, NOW, "张伟", None, "zh-Hans", robot=robot, phone=phone
    )
    return Parcel(delivery, letter, NOW)


def tell(name: str, receiver: Receiver, url: str | None = None, letter: Letter = LETTER) -> None:
    robot = Robot.model_validate({"url": url or SPOKEN[name][0], "address": receiver.address})
    Groups({name: robot}).send(parcel(name, letter=letter))


def text_in(asked: Asked) -> str:
    told = asked.told
    text: str = told["text"]["content"] if "text" in told else told["content"]["text"]
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize("name", SPOKEN)
def test_a_robot_is_told_in_its_own_form_what_it_is_about_and_nobodys_words(name: str) -> None:
    with receiving(SPOKEN[name][1]) as receiver:
        tell(name, receiver)
    (asked,) = receiver.asked
    text = text_in(asked)
    for said in ("300家能源审计", "市机管局", "红牌", "2022年12月30日", LETTER.link, LETTER.sender.name):
        assert said in text
    for kept in ("张伟", "李四", "缺盖章页"):
        assert kept not in text


@pytest.mark.parametrize("name", SPOKEN)
def test_a_refusal_within_status_200_is_a_refusal(name: str) -> None:
    number = "code" if name == "feishu" else "errcode"
    with receiving(SPOKEN[name][1]) as receiver:
        receiver.moods = [(200, {number: 45009, "errmsg": "freq limit", "msg": "freq limit"})]
        with pytest.raises(Unavailable, match=f"{number} 45009: freq limit"):
            tell(name, receiver)
        tell(name, receiver)
    assert len(receiver.asked) == 2


@pytest.mark.parametrize("name", SPOKEN)
def test_a_wrong_secret_shows(name: str) -> None:
    wrong = {
        "wecom": "wecombot://other",
        "dingtalk": f"dingtalk://wrong@{TOKEN}/",
        "feishu": "feishu://token",
    }[name]
    with receiving(SPOKEN[name][1]) as receiver:
        if name == "feishu":
            receiver.moods = [(200, {"code": 19001, "msg": "token invalid"})]
        with pytest.raises(Unavailable, match=r"93000|310000|19001"):
            tell(name, receiver, wrong)


@pytest.mark.parametrize(
    ("mood", "reason"),
    [("drop", "ConnectionError"), ("stall", "ReadTimeout"), ((503, {}), "HTTP 503"), ((302, {}), "HTTP 302")],
)  # fmt: skip
def test_a_server_that_fails_is_tried_later_and_no_redirect_is_followed(
    mood: str | Answer, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "TIMEOUT_SECONDS", 0.2)
    with receiving(wecom) as receiver:
        receiver.moods = [mood]
        with pytest.raises(Unavailable) as failed:
            tell("wecom", receiver)
    assert failed.value.facts["detail"] == reason
    assert len(receiver.asked) == 1
    assert KEY not in str(failed.value), "an address is a secret"


def test_a_long_message_fits_and_an_incomplete_one_is_not_sent() -> None:
    long = replace(LETTER, facts={**LETTER.facts, "item": "审" * 2000})
    assert len(group_text(long)[1]) <= LONGEST_TEXT
    with receiving(wecom) as receiver:
        tell("wecom", receiver, letter=long)
        with pytest.raises(LetterIncomplete):
            tell("wecom", receiver, letter=replace(LETTER, facts={}))
    assert len(receiver.asked) == 1


def test_a_text_message_goes_to_the_number_and_nowhere_without_one() -> None:
    with receiving() as receiver:
        messages = TextMessages(f"json://{receiver.address.removeprefix('http://')}/send?:phone={{phone}}")
        messages.send(parcel(phone="+8613800000000"))
        with pytest.raises(Refused, match="no_telephone"):
            messages.send(parcel())
    (asked,) = receiver.asked
    assert asked.told["phone"] == "+8613800000000"
    assert "300家能源审计" in asked.told["message"]
    assert LETTER.link in asked.told["message"]


def test_a_robot_that_the_settings_do_not_name_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        Groups({}).send(parcel("office"))
    assert refused.value.code == "robot_unknown"


def test_what_the_library_cannot_send_by_is_known_beforehand() -> None:
    assert is_known("wecombot://key")
    assert is_known("jsons://gateway.example/send?:phone={phone}")
    assert not is_known("pigeon://loft")
