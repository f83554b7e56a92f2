"""From rows to the facts of a notice: composed when it is signed off, numbered when it is issued."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, select

from models import Card, Notice, NumberCounter, Plan, Programme, Seal, Task, Unit
from workflow.acts import Act
from workflow.civil import day_of
from workflow.conflicts import inserting
from workflow.counting import share_tally
from workflow.errors import Missing, NotReady
from workflow.facts import IndicatorFact, MilestoneStanding, NoticeStanding, ShareStanding
from workflow.figures import Tally, counted, plain, shown, value
from workflow.offices import Office, office
from workflow.papers.notice import (
    IndicatorRow,
    Issue,
    NoticeContent,
    NoticeFacts,
    NoticeKind,
    content_digest,
    digest,
)
from workflow.papers.wording import usual_demands, write_rule
from workflow.standings import load_milestones, load_shares
from workflow.words import say

TEMPLATE = "notice-1"
NO_SEAL_YET = "0" * 64
"""Printed until the first day has been sealed."""


def office_of(tx: Connection) -> Office:
    settled = office(tx)
    if settled is None:
        raise NotReady(kind="notice", missing=[Missing("office_settings")])
    return settled


def compose(tx: Connection, standing: NoticeStanding, now: datetime) -> NoticeContent:
    """All that the paper will say, but for number and date."""
    settled, today = office_of(tx), day_of(now)
    if standing.milestone_id is None:
        raise NotReady(kind="notice", missing=[Missing("own_milestone", {"field": "milestone_id"})])
    late = _late(tx, standing, standing.milestone_id, now)
    place = _place(tx, standing.task.id)
    working = _working(tx, standing.card_id)
    kind = NoticeKind(standing.notice.kind)
    return NoticeContent(
        kind=kind, issuer=settled.issuer, sealed_by=settled.sealed_by,
        addressee=tx.execute(select(Unit.name).where(Unit.id == standing.notice.unit_id)).scalar_one(),
        title=say(f"paper.title.{kind.value}", task_name=standing.task.name),
        plan_title=place.title, programme=place.programme or "", task_number=standing.task.number,
        task_name=standing.task.name, milestone=late.text, due_on=late.due_on,
        counted_on=_day(working, "counted_on", today), days_late=int(working.get("days_late", 0)),
        rule=write_rule(kind, int(working["limit"]), "zh-Hans") if "limit" in working else "",
        rule_version=str(working.get("rules_version", "")),
        demands=_demands(standing, kind), reply_on=standing.reply_on, contact_person=settled.contact_person,
        contact_phone=settled.contact_phone, indicators=late.figures,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Late:
    """What a notice is about, as it is to be read: a milestone, or one unit's share of it."""

    text: str
    due_on: date
    figures: tuple[IndicatorRow, ...]


def _late(tx: Connection, standing: NoticeStanding, milestone_id: int, now: datetime) -> Late:
    if standing.share:
        share = load_shares(tx, [standing.share.id], None, now)[standing.share.id]
        return Late(share.text, share.share.due_on, share_figures(share))
    milestone = load_milestones(tx, [milestone_id], None, now)[milestone_id]
    return Late(milestone.text, milestone.due_on, figures(milestone))


def _day(working: dict[str, Any], name: str, default: date) -> date:
    return date.fromisoformat(working[name]) if name in working else default


def _place(tx: Connection, task_id: int) -> Any:
    statement = (
        select(Plan.title, Programme.name.label("programme"))
        .select_from(Task)
        .join(Plan, Plan.id == Task.plan_id)
        .outerjoin(Programme, Programme.id == Task.programme_id)
        .where(Task.id == task_id)
    )
    return tx.execute(statement).one()


def _working(tx: Connection, card_id: int | None) -> dict[str, Any]:
    if card_id is None:
        return {}
    return dict(tx.execute(select(Card.working).where(Card.id == card_id)).scalar_one())


def _demands(standing: NoticeStanding, kind: NoticeKind) -> tuple[str, ...]:
    if standing.requirement:
        return (standing.requirement,)
    return usual_demands(kind, "zh-Hans")


def figures(milestone: MilestoneStanding) -> tuple[IndicatorRow, ...]:
    """The milestone's figures as they are to be read."""
    return tuple(_row(i, i.quantity, counted(i)) for i in milestone.indicators if i.quantity is not None)


def share_figures(standing: ShareStanding) -> tuple[IndicatorRow, ...]:
    """What one unit was to bring, and has brought: its own target, not the milestone's."""
    aimed = [(i, standing.share.target(i.id)) for i in standing.indicators]
    return tuple(
        _row(i, target.quantity, share_tally(standing.share, i))
        for i, target in aimed
        if target and target.quantity is not None
    )


def _row(indicator: IndicatorFact, target: Decimal | None, found: Tally | None) -> IndicatorRow:
    card = indicator.card
    return IndicatorRow(
        metric=indicator.metric, reached=plain(shown(value(card, found), card.digits)), target=plain(target),
        unit=indicator.unit or "",
    )  # fmt: skip


def signed_columns(act: Act[NoticeStanding]) -> dict[str, Any]:
    """Signing off freezes what is said; its digest is what was signed."""
    content = compose(act.tx, act.standing, act.now)
    return {
        "facts": NoticeFacts(content=content).to_record(), "facts_sha256": content_digest(content),
        "signed_off_at": act.now, "signed_off_by": act.actor.person_id,
    }  # fmt: skip


def issued_columns(act: Act[NoticeStanding]) -> dict[str, Any]:
    """Issuing freezes number, date, yesterday's seal and the code. The counter is the last lock that is taken."""
    settled = office_of(act.tx)
    record = act.tx.execute(select(Notice.facts).where(Notice.id == act.subject_id)).scalar_one()
    signed = NoticeFacts.from_record(record)
    seal = act.tx.execute(
        select(Seal.digest).where(Seal.sealed_on < act.today).order_by(Seal.sealed_on.desc()).limit(1)
    )
    number = next_number(act.tx, settled.series, act.today.year)
    issue = Issue(
        series=settled.series, year=act.today.year, number=number, issued_on=act.today,
        seal=seal.scalar_one_or_none() or NO_SEAL_YET, code=new_code(),
        template=TEMPLATE, release=version("duban"), public_address=settled.public_address,
    )  # fmt: skip
    facts = NoticeFacts(content=signed.content, issue=issue)
    return {
        "series": issue.series, "year": issue.year, "number": issue.number, "code": issue.code,
        "facts": facts.to_record(), "facts_sha256": digest(facts), "issued_at": act.now,
    }  # fmt: skip


def new_code() -> str:
    """The code on the paper: 12 random characters, so that one paper's code tells nothing of another's."""
    return secrets.token_hex(6).upper()


def next_number(tx: Connection, series: str, year: int) -> int:
    """The next number of a series in a year, gap-free: the counter's row stays locked until the commit.

    One statement, for a series that begins as well: two that both found no counter would both begin at 1.
    """
    table = NumberCounter.__table__
    first = inserting(tx, NumberCounter).values(series=series, year=year, last=1)
    counted = first.on_conflict_do_update(
        index_elements=[table.c.series, table.c.year], set_={"last": table.c.last + 1}
    )
    return int(tx.execute(counted.returning(table.c.last)).scalar_one())
