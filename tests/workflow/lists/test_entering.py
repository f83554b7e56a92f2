"""Items are entered all or none, every bad row named; one report holds what they come to; none counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import null, select, update

from models import Indicator, Institution, ListItem, ProgressEntry
from models.states import ItemState
from tests.people import Cast, add, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.districts import portion
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.lists.ground import (
    CARD,
    Ground,
    brought,
    counting_reports,
    enter,
    enter_school,
    named,
    reached,
    settle_ground,
    two_shares,
)
from workflow.acts import perform
from workflow.adapters.editions import to_simplified
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, WrongState
from workflow.law import LAWS


@pytest.fixture
def ground(services: Services, cast: Cast) -> Ground:
    return settle_ground(services, cast)


@contextmanager
def lacking(services: Services, *expected: tuple[str, str]) -> Iterator[Any]:
    """Refused for exactly these (field, code)."""
    with refused(services, NotReady) as refusal:
        yield refusal
    assert [(lack.facts.get("field", ""), lack.code) for lack in refusal.value.missing] == list(expected)


def rows(services: Services) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(ListItem.__table__).order_by(ListItem.id)))


def test_one_act_makes_one_report_with_its_items_behind_it(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    with watching(services) as seen:
        enter(services, ground, share, ground.here.qing, "第一小学", "第二小学")
    assert seen.events == [("share", "enter_items", "in_progress", ground.here.qing)]
    assert seen.letters == []
    with services.reading() as tx:
        entry = tx.execute(select(ProgressEntry.__table__)).one()
    assert (entry.quantity, entry.share_id, entry.unit_id) == (Decimal(2), share, ground.here.qingpu)
    assert (entry.indicator_id, entry.as_of_on) == (ground.cast.indicator, date(2022, 1, 10))
    for item in rows(services):
        assert (item.entry_id, item.share_id, item.unit_id) == (entry.id, share, ground.here.qingpu)
        assert (item.scope_id, item.quantity, item.state) == (ground.cast.goal, 1, ItemState.COUNTED)
    assert brought(services, share) == 2
    assert reached(services, ground.cast.indicator) is None, "the share is not accepted yet"


def test_further_items_add_up(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    enter(services, ground, share, ground.here.qing, "第一小学")
    enter(services, ground, share, ground.here.qing, "第二小学", "第三小学")
    assert brought(services, share) == 3
    assert sorted(counting_reports(services).values()) == [(1, 1), (2, 2)]


def test_items_are_entered_on_a_milestone_that_is_not_broken_down(services: Services, ground: Ground) -> None:
    cast = ground.cast
    a.a_started_milestone(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "enter_items",
        cast.olga,
        details=named(cast.indicator, "第一小学"),
    )
    (item,) = rows(services)
    assert (item.share_id, item.unit_id) == (None, cast.lead)
    assert reached(services, cast.indicator) == 1


@pytest.mark.parametrize(
    "name", ["第一小學", "第一小学 ", "　第 一小学", "qp－1", "ＱＰ-1", " QP-1"], ids=repr
)
def test_an_institution_is_found_however_its_name_or_code_is_typed(
    services: Services, ground: Ground, name: str
) -> None:
    share, _ = two_shares(services, ground)
    school = ground.schools["第一小学"]
    with services.transaction() as tx:
        tx.execute(update(Institution).where(Institution.id == school).values(code="QP-1"))
    with services.transaction() as tx:
        details = named(ground.cast.indicator, name)
        who, now = ground.here.qing, services.clock()
        perform(tx, LAWS["share"], share, "enter_items", who, now, details=details, simplify=to_simplified)
    assert [item.institution_id for item in rows(services)] == [school]


def test_every_bad_row_is_named_and_nothing_entered(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    with services.transaction() as tx:
        enter_school(tx, "第一小学", "崇明区")
        enter_school(tx, "旧小学", ended_on=date(2022, 1, 10))
        enter_school(tx, "新小学", ended_on=date(2022, 1, 11))
    items = [
        {"institution": "无此小学", "true_on": "2022-01-10"},
        {"institution": "第一小学", "true_on": "2022-01-10"},
        {"institution": "第一小学", "district": "崇明区", "true_on": "2022-01-10"},
        {"institution": "旧小学", "true_on": "2022-01-10"},
        {"institution": "新小学", "true_on": "2022-01-10"},
        {"institution": "第二小学", "true_on": "2022-01-15"},
        {"institution": "第三小学", "true_on": "2022-01-14", "quantity": "0"},
        {"institution": "第四小学", "true_on": "2022-01-14", "quantity": "-1"},
        {"institution": "新小学", "true_on": "2022-01-09"},
        {"institution": "第五小学", "true_on": "2022-01-09", "evidence_id": 99},
    ]
    expected = [
        ("items.0.institution", "item_unknown"),
        ("items.1.district", "item_ambiguous"),
        ("items.3.institution", "item_ended"),
        ("items.5.true_on", "item_future"),
        ("items.6.quantity", "item_quantity"),
        ("items.7.quantity", "item_quantity"),
        ("items.8.institution", "item_twice"),
        ("items.9.evidence_id", "item_evidence"),
    ]
    with lacking(services, *expected) as refusal:
        details = {"indicator_id": ground.cast.indicator, "items": items}
        do(services, "share", share, "enter_items", ground.here.qing, details=details)
    assert refusal.value.missing[1].facts["districts"] == "青浦区、崇明区"
    assert refusal.value.missing[6].facts["first"] == 5


def test_an_institution_that_another_unit_counted_is_refused_pointing_at_the_first(
    services: Services, ground: Ground
) -> None:
    """The other district hears of unit and year; who sees all items also of the day and the item."""
    first, second = two_shares(services, ground)
    (item,) = enter(services, ground, first, ground.here.qing, "第一小学")
    with lacking(services, ("items.1.institution", "item_counted_elsewhere")) as refusal:
        enter(services, ground, second, ground.here.chong, "第二小学", "第一小学")
    facts = refusal.value.missing[0].facts
    assert (facts["institution"], facts["unit"], facts["year"]) == ("第一小学", "青浦区机管局", 2022)
    assert not {"item_id", "on", "evidence_id"} & set(facts)
    with lacking(services, ("items.0.institution", "item_counted")) as refusal:
        enter(services, ground, first, ground.here.qing, "第一小学")
    facts = refusal.value.missing[0].facts
    assert (facts["item_id"], facts["on"]) == (item, "2022-01-10")


@pytest.mark.parametrize(("once", "again"), [("ever", False), ("yearly", True), (None, True)])
def test_the_scope_is_all_years_or_one(services: Services, cast: Cast, once: str | None, again: bool) -> None:
    ground = settle_ground(services, cast, once=once)
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.second, "start", cast.olga)
    do(
        services,
        "milestone",
        cast.milestone,
        "enter_items",
        cast.olga,
        details=named(cast.indicator, "第一小学"),
    )
    details = named(cast.second_indicator, "第一小学")
    if again:
        do(services, "milestone", cast.second, "enter_items", cast.olga, details=details)
        assert reached(services, cast.second_indicator) == 1
    else:
        with lacking(services, ("items.0.institution", "item_counted")):
            do(services, "milestone", cast.second, "enter_items", cast.olga, details=details)
    assert len(ground.schools) == 6


def test_without_a_scope_only_the_same_row_twice_is_refused(services: Services, cast: Cast) -> None:
    """Two plants on one campus count both; a row that was copied does not."""
    ground = settle_ground(services, cast, once=None, kind="amount")
    share, _ = two_shares(services, ground)
    two = [
        {"institution": "第一小学", "true_on": "2022-01-10", "quantity": "0.1"},
        {"institution": "第一小学", "true_on": "2022-01-11", "quantity": "0.2"},
    ]
    details = {"indicator_id": cast.indicator, "items": two}
    do(services, "share", share, "enter_items", ground.here.qing, details=details)
    assert brought(services, share) == Decimal("0.3")
    with lacking(services, ("items.1.institution", "item_twice")):
        enter(services, ground, share, ground.here.qing, "第二小学", "第二小学", quantity="1")


def test_of_an_amount_the_quantity_must_be_said(services: Services, cast: Cast) -> None:
    ground = settle_ground(services, cast, kind="amount")
    share, _ = two_shares(services, ground)
    with lacking(services, ("items.0.quantity", "item_quantity")):
        enter(services, ground, share, ground.here.qing, "第一小学")


def test_items_are_in_reported_units_and_the_figure_in_its_own(services: Services, cast: Cast) -> None:
    """m² → 万平方米 is done when the figure is read, exactly."""
    from workflow.facts import IndicatorFact
    from workflow.figures import counted, value
    from workflow.standings import load_milestones

    settle_ground(services, cast, kind="amount", reported_unit="平方米", conversion="0.0001")
    a.a_started_milestone(services, cast)
    details = named(cast.indicator, "第一小学", "第二小学", quantity="1250.5")
    do(services, "milestone", cast.milestone, "enter_items", cast.olga, details=details)
    with services.reading() as tx:
        (indicator,) = load_milestones(tx, [cast.milestone], None, services.clock())[
            cast.milestone
        ].indicators
    assert isinstance(indicator, IndicatorFact)
    assert indicator.reached == Decimal(2501)
    found = value(indicator.card, counted(indicator))
    assert found is not None
    assert found * 10000 == 2501


def test_evidence_is_tied_to_what_was_attached_here(services: Services, ground: Ground) -> None:
    first, second = two_shares(services, ground)
    do(services, "share", first, "attach", ground.here.qing, details=file())
    enter(services, ground, first, ground.here.qing, "第一小学", evidence_id=1)
    assert rows(services)[0].evidence_id == 1
    with lacking(services, ("items.0.evidence_id", "item_evidence")):
        enter(services, ground, second, ground.here.chong, "第三小学", evidence_id=1)


def test_a_figure_that_is_no_list_takes_no_items(services: Services, cast: Cast) -> None:
    ground = settle_ground(services, cast, listed=False, once=None)
    share, _ = two_shares(services, ground)
    with lacking(services, ("", "keeps_list")):
        enter(services, ground, share, ground.here.qing, "第一小学")


def test_beside_a_list_other_figures_stay_figures(services: Services, ground: Ground) -> None:
    cast = ground.cast
    with services.transaction() as tx:
        row = dict(
            tx.execute(select(Indicator.__table__).where(Indicator.id == cast.indicator)).one()._mapping
        )
        plain = add(tx, Indicator, **{**row, "id": 99, "metric": "节能改造", "definition": null()})
    a.a_started_milestone(services, cast)
    for indicator, code in ((plain, "not_listed"), (cast.goal, "own_indicator")):
        with lacking(services, ("indicator_id", code)):
            details = named(indicator, "第一小学")
            do(services, "milestone", cast.milestone, "enter_items", cast.olga, details=details)
    portions = {"portions": [portion(cast, ground.here.qingpu, "4")]}
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details=portions)
    with services.transaction() as tx:
        tx.execute(update(Indicator).where(Indicator.id == plain).values(definition=CARD))
    with lacking(services, ("indicator_id", "broken_down")):
        details = named(cast.indicator, "第一小学")
        do(services, "milestone", cast.milestone, "enter_items", cast.olga, details=details)


def test_what_is_broken_down_is_entered_on_the_shares(services: Services, ground: Ground) -> None:
    two_shares(services, ground)
    cast = ground.cast
    with lacking(services, ("", "keeps_list")):
        do(
            services,
            "milestone",
            cast.milestone,
            "enter_items",
            cast.olga,
            details=named(cast.indicator, "第一小学"),
        )


def test_a_list_is_neither_reported_nor_corrected_by_hand(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    enter(services, ground, share, ground.here.qing, "第一小学")
    with lacking(services, ("figures", "listed_figure")):
        details = a.progress(ground.cast.indicator, "5")
        do(services, "share", share, "report", ground.here.qing, details=details)
    with lacking(services, ("entry_id", "listed_figure")):
        correction = {"entry_id": 1, "quantity": "5"}
        do(services, "share", share, "correct", ground.here.qing, details=correction, reason="误报。")


def test_only_the_units_owner_enters_and_only_while_it_is_worked_on(
    services: Services, ground: Ground
) -> None:
    share, _ = two_shares(services, ground)
    for who in (ground.cast.olga, ground.here.ren, ground.cast.amira):
        with refused(services, NotPermitted):
            enter(services, ground, share, who, "第一小学")
    enter(services, ground, share, ground.here.qing, "第一小学", "第二小学")
    do(services, "share", share, "attach", ground.here.qing, details=file())
    do(services, "share", share, "submit", ground.here.qing, details={"text": "已完成。"})
    with refused(services, WrongState):
        enter(services, ground, share, ground.here.qing, "第五小学")


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": []}, {"items": [{"institution": "", "true_on": "2022-01-10"}]},
        {"items": [{"institution": "甲", "true_on": "0202-01-10"}]},
        {"items": [{"institution": "甲", "true_on": "2022-01-10", "colour": "red"}]},
        {"items": [{"institution": "甲", "true_on": "2022-01-10"}] * 2001}, {"sha256": "0" * 64},
    ],
)  # fmt: skip
def test_details_that_cannot_be_read_are_refused(
    services: Services, ground: Ground, wrong: dict[str, Any]
) -> None:
    share, _ = two_shares(services, ground)
    details = {**named(ground.cast.indicator, "第一小学"), **wrong}
    with refused(services, Malformed):
        do(services, "share", share, "enter_items", ground.here.qing, details=details)


def test_a_share_of_a_sub_unit_has_its_own_list(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    here, cast = ground.here, ground.cast
    details = {"portions": [portion(cast, here.energy, "2")]}
    do(services, "share", share, "break_down", here.qing, details=details)
    with lacking(services, ("", "keeps_list")):
        enter(services, ground, share, here.qing, "第一小学")
    sub = share + 2
    do(services, "share", sub, "acknowledge", here.dun)
    do(services, "share", sub, "start", here.dun)
    enter(services, ground, sub, here.dun, "第一小学", "第二小学")
    assert (brought(services, sub), brought(services, share)) == (2, None)
