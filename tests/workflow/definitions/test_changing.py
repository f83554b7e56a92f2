"""Changing a card while the task is under way: counted anew, signers let go, nothing accepted is moved silently."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from models import Approval, AuditEvent, Indicator, Milestone, Share, ShareTarget
from models.states import ApprovalState, MilestoneState, Role, UnitKind
from tests.people import Cast, add_person, add_unit, approval_of, do, file
from tests.workflow.definitions.samples import AREA, AUDITS, SCHOOLS
from tests.workflow.definitions.test_gate import OPEN, give_card
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, ReasonRequired, WrongState

REASON = "联席会议办公室2022年第2次会议明确"
LATEST = {**AUDITS, "over_time": "latest"}


def define(services: Services, cast: Cast, card: dict[str, Any], *, of: int | None = None, who: int | None = None,
           reason: str | None = REASON) -> None:  # fmt: skip
    details = {"indicator_id": of or cast.indicator, "card": card}
    do(services, "task", cast.task, "define", who or cast.amira, details=details, reason=reason)


def row(services: Services, indicator: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Indicator.__table__).where(Indicator.id == indicator)).one()


def report(services: Services, cast: Cast, quantity: str, **more: Any) -> None:
    figures = [{"indicator_id": cast.indicator, "quantity": quantity, **more}]
    details = {"figures": figures, "as_of_on": services.clock().date()}
    do(services, "milestone", cast.milestone, "report", cast.olga, details=details)


def told(services: Services, action: str) -> dict[str, Any]:
    """The latest event of that action, as it is hashed."""
    with services.reading() as tx:
        statement = select(AuditEvent.text).where(AuditEvent.action == action).order_by(AuditEvent.id.desc())
        return dict(json.loads(tx.execute(statement.limit(1)).scalar_one()))


def test_what_was_reported_is_counted_by_the_new_card(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    report(services, cast, "180")
    report(services, cast, "120")
    assert row(services, cast.indicator).reached == 300
    with watching(services) as seen:
        define(services, cast, LATEST)
    assert row(services, cast.indicator).reached == 120
    assert seen.events == [("task", "define", "in_progress", cast.amira)]
    assert seen.letters == [("definition_changed", {"role": "owner", "unit_id": cast.lead})]


def test_the_event_keeps_the_card_before_and_after(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    define(services, cast, AUDITS)
    first = told(services, "define")
    assert (first["before"], first["details"]["card"]["over_time"]) == ({"card": None}, "added")
    define(services, cast, LATEST)
    second = told(services, "define")
    assert (second["before"], second["details"]["card"]["over_time"]) == ({"card": AUDITS}, "latest")
    assert second["reason"] == REASON


def test_the_kind_follows_the_card(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    define(services, cast, AREA)
    changed = row(services, cast.indicator)
    assert (changed.kind, changed.definition["reported_unit"]) == ("amount", "平方米")


def test_figures_that_state_no_denominator_count_no_more_once_one_is_asked_for(
    services: Services, cast: Cast
) -> None:
    a.a_started_milestone(services, cast)
    report(services, cast, "300")
    define(services, cast, SCHOOLS)
    assert (row(services, cast.indicator).reached, row(services, cast.indicator).reached_base) == (None, None)
    report(services, cast, "9", base="10")
    assert (row(services, cast.indicator).reached, row(services, cast.indicator).reached_base) == (9, 10)


def test_a_submitted_milestone_is_recalled_and_its_signers_read_what_changed(
    services: Services, cast: Cast
) -> None:
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    with watching(services) as seen:
        define(services, cast, AUDITS)
    assert seen.acts == ["task.define", "milestone.recall", "approval.void"]
    assert seen.topics == ["approval_voided", "recalled", "definition_changed"]
    assert a.state_of(services, Milestone, cast.milestone) == MilestoneState.IN_PROGRESS
    assert a.state_of(services, Approval, approval) == ApprovalState.VOIDED
    assert told(services, "void")["reason"] == f"能源审计：{REASON}"


def test_what_is_accepted_is_not_counted_otherwise_before_it_is_reopened(
    services: Services, cast: Cast
) -> None:
    a.an_accepted_milestone(services, cast)
    with refused(services, NotReady) as error:
        define(services, cast, LATEST)
    (lack,) = error.value.missing
    assert (lack.code, lack.facts["year"], lack.facts["field"]) == ("definition_reopen", 2022, "card")
    with refused(services, NotReady):
        define(services, cast, OPEN)
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=REASON)
    define(services, cast, LATEST)


def test_words_of_what_is_accepted_may_be_put_right(services: Services, cast: Cast) -> None:
    a.an_accepted_milestone(services, cast)
    with watching(services) as seen:
        define(
            services, cast, {**AUDITS, "formula": "当年完成能源审计的公共机构家数", "certifier": "市机管局"}
        )
    assert seen.acts == ["task.define"]
    assert a.state_of(services, Milestone, cast.milestone) == MilestoneState.ACCEPTED
    assert row(services, cast.indicator).reached == 300


def test_a_goals_card_is_changed_without_touching_any_milestone(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    with watching(services) as seen:
        define(services, cast, {**AUDITS, "over_years": "latest"}, of=cast.goal)
    assert seen.acts == ["task.define"]
    assert row(services, cast.goal).definition["kind"] == "count"


@pytest.mark.parametrize("listing", [{"listed": True}, {"listed": True, "once": "ever"}])
def test_whether_a_list_backs_a_figure_is_settled_before_it_is_reported(
    services: Services, cast: Cast, listing: dict[str, Any]
) -> None:
    a.a_started_milestone(services, cast)
    define(services, cast, {**AUDITS, **listing})
    define(services, cast, AUDITS)
    report(services, cast, "10")
    with refused(services, NotReady) as error:
        define(services, cast, {**AUDITS, **listing})
    assert [lack.code for lack in error.value.missing] == ["definition_listed"]


@pytest.mark.parametrize("listing", [{"listed": True}, {"listed": True, "once": "ever"}])
def test_what_shares_reported_counts_as_reported_before_it_is_accepted(
    services: Services, cast: Cast, listing: dict[str, Any]
) -> None:
    """The milestone's own row tells nothing of it yet."""
    with services.transaction() as tx:
        here = d.settle_districts(tx, cast)
    share, *_ = d.three_shares(services, cast, here)
    d.a_share_under_way(services, share, here.qing)
    d.report(services, cast, share, here.qing, "50")
    assert row(services, cast.indicator).reached is None
    with refused(services, NotReady) as error:
        define(services, cast, {**AUDITS, **listing})
    assert [lack.code for lack in error.value.missing] == ["definition_listed"]


def test_the_same_card_again_and_a_strange_indicator_are_refused(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    define(services, cast, AUDITS)
    for card, of, code in ((AUDITS, cast.indicator, "definition_same"), (AUDITS, 999, "own_indicator")):
        with refused(services, NotReady) as error:
            define(services, cast, card, of=of)
        assert [lack.code for lack in error.value.missing] == [code]


def test_only_a_supervisor_and_only_with_a_reason(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with refused(services, NotPermitted):
        define(services, cast, AUDITS, who=cast.olga)
    with refused(services, ReasonRequired):
        define(services, cast, AUDITS, reason=" ")


def test_a_task_that_is_over_keeps_its_definitions(services: Services, cast: Cast) -> None:
    a.a_closed_task(services, cast)
    with refused(services, WrongState):
        define(services, cast, {**AUDITS, "formula": "另一种"})


def test_shares_are_counted_anew_from_their_own_reports(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    give_card(services, cast.indicator, LATEST)
    joan = a.joint_owner(services, cast)
    portion = {"unit_id": cast.joint, "targets": [{"indicator_id": cast.indicator, "quantity": "300"}]}
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": [portion]})
    share = _share(services)
    _bring(services, share, joan, cast.rashid, cast.indicator, ["180", "120"])
    assert (row(services, cast.indicator).reached, _reached(services)) == (120, [120])
    define(services, cast, AUDITS)
    assert (row(services, cast.indicator).reached, _reached(services)) == (300, [300])


def test_sub_units_are_counted_anew_up_to_the_milestone(services: Services, cast: Cast) -> None:
    """A share that was broken down further is what its sub-units' accepted shares bring."""
    a.a_started_milestone(services, cast)
    give_card(services, cast.indicator, LATEST)
    joan = a.joint_owner(services, cast)
    with services.transaction() as tx:
        section = add_unit(
            tx, "JW-1", "市教委后勤处", kind=UnitKind.DEPARTMENT, parent_id=cast.joint, organ_id=cast.joint
        )
        dina = add_person(tx, "dina", "丁娜", (Role.OWNER, section))
    portion = {"unit_id": cast.joint, "targets": [{"indicator_id": cast.indicator, "quantity": "300"}]}
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": [portion]})
    share = _share(services)
    do(services, "share", share, "acknowledge", joan)
    below = {"portions": [portion | {"unit_id": section}]}
    do(services, "share", share, "break_down", joan, details=below)
    sub = a.latest(services, Share)
    _bring(services, sub, dina, joan, cast.indicator, ["180", "120"])
    do(services, "share", share, "start", joan)
    do(services, "share", share, "submit", joan, details={"text": "完成。", "short_because": "口径待定"})
    do(services, "share", share, "accept", cast.rashid)
    assert (row(services, cast.indicator).reached, _reached(services)) == (120, [120, 120])
    define(services, cast, AUDITS)
    assert (row(services, cast.indicator).reached, _reached(services)) == (300, [300, 300])


def _bring(
    services: Services, share: int, owner: int, accepter: int, indicator: int, quantities: list[str]
) -> None:
    """A share from issued to accepted."""
    for action in ("acknowledge", "start"):
        do(services, "share", share, action, owner)
    for quantity in quantities:
        figures = {"figures": [{"indicator_id": indicator, "quantity": quantity}], "as_of_on": "2022-01-14"}
        do(services, "share", share, "report", owner, details=figures)
    do(services, "share", share, "attach", owner, details=file())
    do(services, "share", share, "submit", owner, details={"text": "完成。", "short_because": "口径待定"})
    do(services, "share", share, "accept", accepter)


def _share(services: Services) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(Share.id)).scalar_one())


def _reached(services: Services) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(ShareTarget.reached).order_by(ShareTarget.share_id)).scalars())
