"""Who was asked about an approval from another unit sees that approval, what is signed and the files named in it: and
nothing more of the task, tried on every route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import Absence, Evidence, Grant, Instruction, Milestone, Problem, Report, Share, Task
from models.states import InstructionState, ProblemState, ReportState, Role, ShareState
from tests.api.approval_ground import ACCEPT, REVIEW, defined, people_step, strangers
from tests.api.desks import Desk, Desks, give_token
from tests.api.test_contributors import walk
from tests.people import START, Cast, HandClock, add, add_person, approval_of, do, file
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services

SIGNED = "送审材料.pdf"
SECRETS = {
    "file taken back": "撤下密件.pdf",
    "file of another milestone": "另节点密件.pdf",
    "file of a share": "份额密件.pdf",
    "note": "进展密文",
    "text of another milestone": "另节点密文",
    "goal": "总目标密文",
    "first words": "首轮报送密文",
    "first return": "首轮退回密文",
    "reason": "更正密由",
    "instruction": "批示密文",
    "problem": "协调密项",
    "report": "定期密报",
    "share": "份额密文",
}
ASKED = ("named", "transferred away", "copied", "mentioned", "substitute", "added")


@dataclass(frozen=True)
class Here:
    approval: int
    first: int
    signed: int
    others: list[int]
    people: dict[str, int]


@pytest.fixture
def here(services: Services, cast: Cast) -> Here:
    people = strangers(services, cast, "named", "away", "copied", "mentioned", "added")
    first = _first_round(services, cast)
    defined(services, people_step("all", "named", "away", key="experts"), ACCEPT)
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "送审说明。"})
    approval = approval_of(services, cast.milestone)
    _moves(services, cast, approval, people)
    with services.transaction() as tx:
        people["substitute"] = add_person(tx, "sub", "外单位代理", (Role.OWNER, cast.other))
        give_token(tx, people["substitute"], "token-of-sub")
        day = START.date()
        add(
            tx, Absence, person_id=people["named"], substitute_id=people["substitute"], from_on=day, to_on=day
        )
        _hang(tx, cast)
        rows = tx.execute(select(Evidence.id, Evidence.file_name)).all()
    signed = next(row.id for row in rows if row.file_name == SIGNED)
    return Here(approval, first, signed, [row.id for row in rows if row.id != signed], people)


def _first_round(services: Services, cast: Cast) -> int:
    """A first round that was returned, before anybody of theirs was asked; and work on the other milestone."""
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.second, "start", cast.olga)
    details = {**a.progress(cast.indicator, "290"), "note": SECRETS["note"]}
    do(services, "milestone", cast.milestone, "report", cast.olga, details=details)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "10"))
    do(
        services,
        "milestone",
        cast.milestone,
        "attach",
        cast.olga,
        details=file(SECRETS["file taken back"], "a" * 64),
    )
    taken = a.latest(services, Evidence)
    do(services, "milestone", cast.milestone, "detach", cast.olga, reason=SECRETS["reason"],
       details={"evidence_id": taken})  # fmt: skip
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file(SIGNED, "b" * 64))
    other = file(SECRETS["file of another milestone"], "c" * 64)
    do(services, "milestone", cast.second, "attach", cast.olga, details=other)
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": SECRETS["first words"]})
    approval = approval_of(services, cast.milestone)
    do(services, "approval", approval, "return", cast.rashid, reason=SECRETS["first return"])
    return approval


def _moves(services: Services, cast: Cast, approval: int, people: dict[str, int]) -> None:
    def move(who: int, action: str, **more: Any) -> None:
        do(services, "approval", approval, action, who, **more)

    move(people["away"], "transfer", reason="出差。", details={"person_id": cast.petra})
    move(people["named"], "copy", details={"people": [people["copied"]]})
    move(people["named"], "comment", details={"text": "请看。", "mentions": [people["mentioned"]]})
    move(people["named"], "add_signers", details={"people": [people["added"]], "place": "after"})


def _hang(tx: Any, cast: Cast) -> None:
    """What else there is of the task, each with words that nobody else uses."""
    changed: tuple[tuple[Any, int, dict[str, str]], ...] = (
        (Milestone.__table__, cast.second, {"text": SECRETS["text of another milestone"]}),
        (Task.__table__, cast.task, {"goal": SECRETS["goal"]}),
    )
    for table, id_, words in changed:
        tx.execute(update(table).where(table.c.id == id_).values(**words))
    unit = {"task_id": cast.task, "unit_id": cast.lead}
    add(tx, Instruction, **unit, text=SECRETS["instruction"], due_on=START.date(), state=InstructionState.ISSUED,
        issued_at=START, issued_by=cast.sven)  # fmt: skip
    report = add(
        tx, Report, **unit, from_on=START.date(), upto_on=START.date(), due_on=START.date(), state=ReportState.FILED,
        done=SECRETS["report"], next_steps="-", figures=[], filed_at=START, filed_by=cast.olga,
    )  # fmt: skip
    add(tx, Problem, **unit, report_id=report, text=SECRETS["problem"], state=ProblemState.RAISED, raised_at=START,
        raised_by=cast.olga)  # fmt: skip
    share = add(
        tx, Share, **unit, milestone_id=cast.milestone, text=SECRETS["share"], due_on=START.date(),
        state=ShareState.IN_PROGRESS, issued_at=START,
    )  # fmt: skip
    known = dict(tx.execute(select(Evidence.__table__).where(Evidence.file_name == SIGNED)).one()._mapping)
    add(tx, Evidence, **{**known, "id": 970_001, "share_id": share, "file_name": SECRETS["file of a share"],
                         "sha256": "d" * 64})  # fmt: skip


def leaks(answer: Any) -> set[str]:
    text = f"{answer.text} {answer.headers}"
    return {name for name, secret in SECRETS.items() if secret in text}


SLOW = pytest.mark.soak_on("postgresql")
LOGINS = {"transferred away": "away", "substitute": "sub"}


@pytest.mark.parametrize("asked", [pytest.param(way, marks=SLOW) if way != "named" else way for way in ASKED])
def test_who_was_asked_meets_nothing_but_what_they_were_asked_about(
    app: FastAPI, desks: Desks, services: Services, cast: Cast, here: Here, asked: str
) -> None:
    desk = Desk(desks.nobody.client, LOGINS.get(asked, asked))
    assert desk.get(f"/approvals/{here.approval}").status_code == 200
    assert desk.get(f"/evidence/{here.signed}").json()["file_name"] == SIGNED
    assert [e["id"] for e in desk.get("/evidence").json()["items"]] == [here.signed]
    looking = asked != "named"  # once is enough to try everything that may be done
    for method, url, answer in walk(app, services, desk, cast.lead, looking=looking):
        assert answer.status_code != 401, (method, url)
        assert leaks(answer) == set(), (method, url, leaks(answer), answer.text[:1000])
    for path in (f"/tasks/{cast.task}", f"/tasks/{cast.task}/history", f"/milestones/{cast.milestone}"):
        assert desk.get(path).status_code == 404, path
    for evidence in here.others:
        assert desk.get(f"/evidence/{evidence}").status_code == 404
        assert desk.get(f"/evidence/{evidence}/content").status_code == 404
    assert desk.get(f"/approvals/{here.first}").status_code == 404


def test_the_walk_would_find_what_the_lead_may_see(
    app: FastAPI, desks: Desks, services: Services, cast: Cast, here: Here
) -> None:
    found: set[str] = set()
    for _, _, answer in walk(app, services, desks.olga, cast.lead, looking=True):
        found |= leaks(answer)
    assert found == set(SECRETS)


def test_who_was_never_asked_sees_nothing_at_all(
    desks: Desks, services: Services, cast: Cast, here: Here
) -> None:
    with services.transaction() as tx:
        give_token(tx, add_person(tx, "never", "外单位", (Role.OWNER, cast.other)), "token-of-never")
    never = Desk(desks.nobody.client, "never")
    assert never.get(f"/approvals/{here.approval}").status_code == 404
    assert never.get("/evidence").json()["items"] == []
    assert never.get(f"/evidence/{here.signed}/content").status_code == 404


def test_what_a_substitute_did_not_sign_is_gone_with_the_absence(
    desks: Desks, services: Services, cast: Cast, here: Here, clock: HandClock
) -> None:
    """Who signed in somebody's stead keeps seeing it; who only could have, does not."""
    sub = Desk(desks.nobody.client, "sub")
    clock.go_to(2022, 1, 17)
    assert sub.get(f"/approvals/{here.approval}").status_code == 404
    clock.go_to(2022, 1, 14)
    assert sub.act(f"/approvals/{here.approval}", "approve").status_code == 200
    clock.go_to(2022, 1, 17)
    assert sub.get(f"/approvals/{here.approval}").status_code == 200
    assert sub.get(f"/evidence/{here.signed}").status_code == 200


def test_who_signed_for_a_unit_they_have_left_still_sees_what_they_signed(
    desks: Desks, services: Services, cast: Cast
) -> None:

    defined(services, REVIEW, ACCEPT)
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    assert desks.rashid.act(f"/approvals/{approval}", "approve").status_code == 200
    with services.transaction() as tx:
        table: Any = Grant.__table__
        tx.execute(update(table).where(table.c.person_id == cast.rashid).values(unit_id=cast.other))
    assert desks.rashid.get(f"/approvals/{approval}").status_code == 200
    assert desks.rashid.get(f"/tasks/{cast.task}").status_code == 404
