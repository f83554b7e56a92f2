"""A district sees its share, its figures and its messages, and nothing of another district's: tried on every route."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, func, insert, select, update

from api.actions import action_examples
from models import (
    Base,
    Card,
    Criteria,
    Criterion,
    CriterionEvidence,
    Evidence,
    Indicator,
    Instruction,
    ListItem,
    Notice,
    Problem,
    ProgressEntry,
    Report,
)
from models.states import (
    CardColour,
    CardState,
    CriteriaState,
    InstructionState,
    ItemState,
    Mark,
    NoticeKind,
    NoticeState,
    ProblemState,
    ReportState,
)
from tests.api.desks import Desk, Desks, give_token
from tests.people import START, Cast, add, approval_of, do, file
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lists.ground import enter_school
from workflow.bootstrap import Services
from workflow.law import LAWS

SECRETS = {
    "file name": "崇明密件.pdf",
    "hash": "c" * 64,
    "note": "崇明说明文字",
    "words": "崇明报送文字",
    "why it is short": "崇明未达原因",
    "reason": "崇明更正理由",
    "return": "崇明退回理由",
    "target": "崇明份额文字",
    "withdrawn file": "崇明撤下.pdf",
    "item": "崇明清单说明",
    "struck": "崇明核减理由",
    "report": "崇明定期报告",
    "problem": "崇明协调事项",
    "card": "崇明亮牌依据",
    "notice": "崇明通知要求",
    "reply": "崇明反馈文字",
    "mark": "崇明验收评语",
    "instruction": "崇明批示文字",
}
EVIDENCE, ENTRY = 970_001, 980_001
"""The other district's evidence and figures get numbers that no other row has."""
OUT_OF_THE_WAY = ("sessions", "tokens", "activations", "sign-in", "sign-out")
"""Signing out would end the walk."""
LAWLESS = {"evidence": "evidence", "outbox": "outbox", "units": "unit", "people": "person", "jobs": "tick"}


@pytest.fixture
def here(services: Services, cast: Cast) -> d.Districts:
    with services.transaction() as tx:
        here = d.settle_districts(tx, cast)
        for name in ("qing", "chong"):
            give_token(tx, getattr(here, name), f"token-of-{name}")
    first, second, third = d.three_shares(services, cast, here)
    do(
        services,
        "share",
        second,
        "amend",
        cast.olga,
        reason=SECRETS["reason"],
        details={"text": SECRETS["target"], "due_on": "2022-12-20"},
    )
    _work(services, cast, second, here.chong)
    d.hand_in(services, cast, first, here.qing)
    for share in (first, second):
        do(services, "share", share, "accept", cast.olga)
    do(services, "share", second, "reopen", cast.olga, reason=SECRETS["return"])
    do(services, "share", second, "submit", here.chong, details=_words())
    do(services, "share", second, "accept", cast.olga)
    do(services, "share", third, "waive", cast.olga, reason="另行安排。")
    _settle(services, cast, second)
    with services.transaction() as tx:
        _hang(tx, cast, here, second)
    return here


def _work(services: Services, cast: Cast, share: int, owner: int) -> None:
    """Everything that a district may leave behind, each with words that nobody else uses."""
    d.a_share_under_way(services, share, owner)
    figure = {**a.progress(cast.indicator, "90"), "note": SECRETS["note"]}
    do(services, "share", share, "report", owner, details=figure)
    entry = a.latest(services, ProgressEntry)
    do(services, "share", share, "correct", owner, reason=SECRETS["reason"],
       details={"entry_id": entry, "quantity": "95"})  # fmt: skip
    do(services, "share", share, "attach", owner, details=file(SECRETS["withdrawn file"], "d" * 64))
    do(services, "share", share, "detach", owner, reason=SECRETS["reason"],
       details={"evidence_id": a.latest(services, Evidence)})  # fmt: skip
    do(services, "share", share, "attach", owner, details=file(SECRETS["file name"], SECRETS["hash"]))
    do(
        services,
        "milestone",
        cast.milestone,
        "attach",
        owner,
        details=file(SECRETS["file name"], SECRETS["hash"]),
    )
    note = {"note": SECRETS["note"], "as_of_on": "2022-01-14"}
    do(services, "milestone", cast.milestone, "report", owner, details=note)
    do(services, "share", share, "submit", owner, details=_words())


def _words() -> dict[str, str]:
    return {"text": SECRETS["words"], "short_because": SECRETS["why it is short"]}


def _settle(services: Services, cast: Cast, share: int) -> None:
    """Give the other district's rows their numbers, and submit the milestone: its signed text names them."""
    with services.transaction() as tx:
        theirs = select(func.max(Evidence.id)).where(Evidence.share_id == share)
        number = tx.execute(theirs).scalar_one()
        tx.execute(update(Evidence).where(Evidence.id == number).values(id=EVIDENCE))
        row = tx.execute(select(ProgressEntry.__table__).where(ProgressEntry.share_id == share)).all()[0]
        figure = {
            **row._mapping,
            "id": ENTRY,
            "indicator_id": None,
            "quantity": None,
            "note": SECRETS["note"],
        }
        add(tx, ProgressEntry, **figure)
        tx.execute(update(Indicator).where(Indicator.id == cast.indicator).values(quantity=150))
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": SECRETS["words"]})
    do(
        services,
        "approval",
        approval_of(services, cast.milestone),
        "return",
        cast.rashid,
        reason=SECRETS["return"],
    )


def _hang(tx: Connection, cast: Cast, here: d.Districts, share: int) -> None:
    """What other hands leave behind of the other district: a list's items, its reports, its card, its marks."""
    unit: dict[str, Any] = {"task_id": cast.task, "unit_id": here.chongming}
    milestone = {"task_id": cast.task, "milestone_id": cast.milestone}
    school = enter_school(tx, "崇明小学", "崇明区")
    for state, more in ((ItemState.COUNTED, {}), (ItemState.STRUCK, {"struck_reason": SECRETS["struck"]})):
        add(
            tx, ListItem, **unit, milestone_id=cast.milestone, share_id=share, indicator_id=cast.indicator,
            entry_id=ENTRY, institution_id=school, quantity=1, true_on=START.date(), note=SECRETS["item"], state=state,
            evidence_id=EVIDENCE, entered_at=START, entered_by=here.chong, **more,
        )  # fmt: skip
    report = add(
        tx, Report, **unit, from_on=START.date(), upto_on=START.date(), due_on=START.date(), state=ReportState.FILED,
        done=SECRETS["report"], next_steps=SECRETS["report"], figures=[], filed_at=START, filed_by=here.chong,
    )  # fmt: skip
    add(tx, Problem, **unit, report_id=report, text=SECRETS["problem"], state=ProblemState.RAISED, raised_at=START,
        raised_by=here.chong)  # fmt: skip
    card = add(
        tx, Card, **unit, milestone_id=cast.milestone, share_id=share, colour=CardColour.RED, rung="late", episode=1,
        earned_on=START.date(), state=CardState.RAISED, working={"why": SECRETS["card"]}, raised_at=START,
    )  # fmt: skip
    add(
        tx, Notice, **unit, milestone_id=cast.milestone, card_id=card, kind=NoticeKind.RED_CARD,
        state=NoticeState.DRAFTED, requirement=SECRETS["notice"], reply=SECRETS["reply"], reply_on=START.date(),
        drafted_at=START,
    )  # fmt: skip
    criteria = add(
        tx, Criteria, **milestone, state=CriteriaState.APPROVED, drafted_at=START, drafted_by=cast.olga
    )
    point = add(
        tx, Criterion, criteria_id=criteria, milestone_id=cast.milestone, ordinal=1, text="已印发制度", mark=Mark.MET,
        mark_note=SECRETS["mark"], marked_at=START, marked_by=cast.amira,
    )  # fmt: skip
    tx.execute(insert(CriterionEvidence), {"criterion_id": point, "evidence_id": EVIDENCE})
    add(tx, Instruction, **unit, text=SECRETS["instruction"], due_on=START.date(), state=InstructionState.ISSUED,
        issued_at=START, issued_by=cast.sven)  # fmt: skip


def walk(
    app: FastAPI, services: Services, desk: Desk, unit: int, *, looking: bool = False
) -> Iterator[tuple[str, str, Any]]:
    """Every route, asked for the rows of that unit: method, path, answer. `looking`: nothing is tried to be done."""
    for route in _routes(app):
        noun = route.path.removeprefix("/api/v1/").strip("/").split("/")[0]
        if noun in OUT_OF_THE_WAY:
            continue
        for method in sorted({"GET"} & route.methods if looking else route.methods):
            for url in _urls(services, noun, route.path, unit):
                for body in _bodies(noun, route.path, method):
                    answer = desk.client.request(method, url, headers=desk.headers(), **body)
                    yield method, url, answer


def _routes(app: FastAPI) -> list[Any]:
    """Every route of the API and every page, each with its whole path."""
    included = [router for router in app.routes if hasattr(router, "effective_route_contexts")]
    return [route for router in included for route in router.effective_route_contexts()]


def _urls(services: Services, noun: str, path: str, unit: int) -> list[str]:
    """The path with the numbers of the other unit's rows; where its table is not known, with those most in use."""
    names = re.findall(r"{(\w+)[^}]*}", path)
    if not names:
        return [path]
    ids = _ids(services, noun, unit)
    filled = [path.replace("{id}", str(number)) for number in ids]
    return [re.sub(r"{\w+[^}]*}", "1", url) for url in filled]


def _ids(services: Services, noun: str, unit: int) -> list[int]:
    """The numbers of rows that are the other unit's own, else of some."""
    kinds = [law.table for law in LAWS.values() if law.table.name.rstrip("s") in noun]
    tables = [Base.metadata.tables[LAWLESS[noun]]] if noun in LAWLESS else kinds
    found: set[int] = set()
    with services.reading() as tx:
        for table in tables:
            theirs = [table.c.unit_id == unit] if "unit_id" in table.c else []
            found |= set(tx.execute(select(table.c.id).where(*theirs).order_by(table.c.id)).scalars())
    return sorted(found)[-4:] or list(range(1, 8))


def _bodies(noun: str, path: str, method: str) -> list[dict[str, Any]]:
    """What to send: each action's own example to a thing's actions, else enough to be read."""
    if method in ("GET", "HEAD", "DELETE"):
        return [{}]
    if path.endswith("/evidence"):
        return [{"params": {"file_name": "a.pdf", "true_on": "2022-01-10"}, "content": b"%PDF-"}]
    laws = [law for law in LAWS.values() if law.table.name.rstrip("s") in noun]
    if path.endswith("/actions") and laws:
        return [{"json": example["value"]} for law in laws for example in action_examples(law).values()]
    return [{"json": {}}]


def leaks(answer: Any) -> set[str]:
    """What of the other district's own an answer tells."""
    text = f"{answer.text} {answer.headers}"
    found = {name for name, secret in SECRETS.items() if secret in text}
    numbers = {str(EVIDENCE): "evidence id", str(ENTRY): "entry id"}
    return found | {what for number, what in numbers.items() if re.search(rf"\b{number}\b", answer.text)}


def test_a_district_meets_nothing_of_anothers_on_any_route(
    app: FastAPI, desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    qing = Desk(desks.nobody.client, "qing")
    answered = []
    for method, url, answer in walk(app, services, qing, here.chongming):
        assert answer.status_code != 401, (method, url)
        assert answer.status_code != 500 or "/plans/" in url, (
            method,
            url,
            answer.text,
        )  # this plan has no document
        told = leaks(answer) - asked_for(url)
        assert told == set(), (method, url, told, answer.text[:2000])
        answered.append(answer.status_code)
    assert answered.count(200) > 30
    assert answered.count(404) > 20


def asked_for(url: str) -> set[str]:
    """A number that stands in the question itself comes back in a refusal's `instance`."""
    return {what for number, what in ((EVIDENCE, "evidence id"),) if str(number) in url}


def test_the_walk_would_find_what_the_lead_may_see(
    app: FastAPI, desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    found: set[str] = set()
    for _, _, answer in walk(app, services, desks.olga, here.chongming, looking=True):
        found |= leaks(answer)
    assert found == {*SECRETS, "evidence id", "entry id"}


def test_a_district_reads_its_own_story_in_order(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    answer = Desk(desks.nobody.client, "qing").get(f"/tasks/{cast.task}/history", params={"limit": 200})
    story = [(e["subject_kind"], e["action"], e["about"]) for e in answer.json()["items"]]
    own = [row[:2] for row in story if row[2] == "青浦区机管局"]
    assert own == [
        ("share", "issue"), ("share", "acknowledge"), ("share", "start"), ("share", "report"),
        ("share", "attach"), ("evidence", "attach"), ("share", "submit"), ("share", "accept"),
    ]  # fmt: skip
    assert {about for _, _, about in story} == {None, "2022", "青浦区机管局"}
    assert [row[1] for row in story if row[0] == "milestone"] == [
        "start", "break_down", "submit", "return_for_rework",
    ]  # fmt: skip


def test_the_lead_reads_everybodys_story_with_its_details(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    items = desks.olga.get(f"/tasks/{cast.task}/history", params={"limit": 200}).json()["items"]
    assert [e["seq"] for e in items] == list(range(1, len(items) + 1))
    submitted = next(e for e in items if e["subject_kind"] == "share" and e["action"] == "submit")
    assert submitted["about"] == "崇明区机管局"
    assert submitted["details"] == {"text": SECRETS["words"], "short_because": SECRETS["why it is short"]}
    assert {e["about"] for e in items if e["subject_kind"] in ("milestone", "approval")} == {"2022"}
    assert all("store_key" not in (e["details"] or {}) for e in items)


def test_a_district_reads_the_totals_and_its_own_figures(desks: Desks, cast: Cast, here: d.Districts) -> None:
    shown = Desk(desks.nobody.client, "qing").get(f"/milestones/{cast.milestone}").json()
    assert (shown["indicators"][0]["reached"], shown["indicators"][0]["reported"]) == ("195", "195")
    assert [figure["quantity"] for figure in shown["figures"]] == ["100"]
    assert [share["unit"]["name"] for share in shown["shares"]] == ["青浦区机管局"]
    assert [evidence["unit"]["name"] for evidence in shown["evidence"]] == ["青浦区机管局"]
    assert (shown["approval"], shown["submission"], shown["missing_units"]) == (None, None, None)
