"""The outbox: what must be told is a row written with the act; here it is addressed.

Each row becomes one delivery for each person (or group, or webhook) and channel. A message of the inbox has arrived
with its delivery; all others the relay sends.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import Card, Delivery, Notice, OutboxRow, Person, Webhook
from models.states import CardColour, NoticeKind, WebhookState
from workflow.audit import canonical
from workflow.channels import INBOX, MAIL, ROBOT, SMS, WEBHOOK, Channels, office_channels
from workflow.conflicts import inserting
from workflow.recipients import audience, substitutes

ADDRESSED_AT_ONCE = 500
OFFERED = frozenset({MAIL, INBOX})
"""The channels to people that every installation has."""
ASKS = frozenset(
    {
        "to_sign", "to_sign_extension", "to_sign_waiver", "to_sign_adjustment", "to_sign_work_plan", "urged",
        "sent_back", "seat_transferred", "seat_given_back", "seat_escalated",
    }
)  # fmt: skip
"""Letters that ask for a signature: in an absence they go to the substitute as well."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Outbox rows that were looked at, and the deliveries made from them that are still to be sent."""

    rows: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is addressed by, read in one look."""

    channels: Channels
    offered: Collection[str]
    people: Mapping[tuple[str, bool], Sequence[int]]
    red: Collection[int]
    """Outbox rows about a red card."""
    reachable: Collection[int]
    """People with a telephone number."""
    webhooks: Sequence[Any]
    now: datetime


def address(tx: Connection, now: datetime, offered: Collection[str] = OFFERED) -> Addressed:
    """Turn untold rows, so many at once, into deliveries to whoever holds the right now.

    `offered`: the channels to people that this installation has; a route by another one leads nowhere.
    """
    table = OutboxRow.__table__
    statement = (
        select(table).where(table.c.addressed_at.is_(None)).order_by(table.c.id).limit(ADDRESSED_AT_ONCE)
    )
    rows = tx.execute(statement.with_for_update(skip_locked=True)).all()
    if not rows:
        return Addressed(0, 0)
    plan = _plan(tx, rows, now, offered)
    to_people = [delivery for row in rows for delivery in _to_people(row, plan)]
    if to_people:
        tx.execute(insert(Delivery.__table__), to_people)  # type: ignore[arg-type]
    others = sum(_enter_once(tx, delivery) for row in rows for delivery in _to_others(row, plan))
    tx.execute(update(table).where(table.c.id.in_([row.id for row in rows])).values(addressed_at=now))  # type: ignore[arg-type]
    return Addressed(len(rows), others + sum(delivery["channel"] != INBOX for delivery in to_people))


def _plan(tx: Connection, rows: Sequence[Any], now: datetime, offered: Collection[str]) -> Plan:
    people = {key: _people(tx, key, now) for key in {_key(row) for row in rows}}
    active = (
        select(Webhook.id, Webhook.topics).where(Webhook.state == WebhookState.ACTIVE).order_by(Webhook.id)
    )
    everybody = sorted({person for found in people.values() for person in found})
    return Plan(
        channels=office_channels(tx), offered=offered, people=people, red=_about_red_cards(tx, rows),
        reachable=_with_telephone(tx, everybody) if SMS in offered else (), webhooks=tx.execute(active).all(), now=now,
    )  # fmt: skip


def _key(row: Any) -> tuple[str, bool]:
    """Who is meant, and whether they are asked for their signature: rows of the same people are addressed once."""
    return json.dumps(row.audience, sort_keys=True), row.topic in ASKS


def _people(tx: Connection, key: tuple[str, bool], now: datetime) -> list[int]:
    wanted, asks = key
    people = audience(tx, json.loads(wanted), now)
    return list(dict.fromkeys([*people, *substitutes(tx, people, now)])) if asks else people


def _with_telephone(tx: Connection, people: Sequence[int]) -> frozenset[int]:
    numbered = select(Person.id).where(Person.id.in_(people), Person.phone.is_not(None), Person.phone != "")
    return frozenset(tx.execute(numbered).scalars())


def _about_red_cards(tx: Connection, rows: Sequence[Any]) -> frozenset[int]:
    """Those that say so themselves, and those that name a red card or its notice."""
    cards = _which(tx, rows, "card_id", Card, Card.colour == CardColour.RED)
    notices = _which(tx, rows, "notice_id", Notice, Notice.kind == NoticeKind.RED_CARD)
    return frozenset(
        row.id
        for row in rows
        if row.facts.get("colour") == CardColour.RED
        or row.facts.get("card_id") in cards
        or row.facts.get("notice_id") in notices
    )


def _which(tx: Connection, rows: Sequence[Any], fact: str, model: Any, red: Any) -> frozenset[int]:
    named = sorted({row.facts[fact] for row in rows if row.facts.get(fact) is not None})
    if not named:
        return frozenset()
    return frozenset(tx.execute(select(model.id).where(model.id.in_(named), red)).scalars())


def _to_people(row: Any, plan: Plan) -> Iterator[dict[str, Any]]:
    reached = plan.channels.reaching(row.topic, row.audience.get("role"), row.id in plan.red)
    for person in plan.people[_key(row)]:
        for channel in reached.channels:
            if channel in plan.offered and (channel != SMS or person in plan.reachable):
                yield _delivery(row, plan, channel, message_id(row, person, channel), person_id=person)


def _to_others(row: Any, plan: Plan) -> Iterator[dict[str, Any]]:
    """To groups and webhooks: they are told a thing once, however many people are told it by name."""
    reached, digest = (
        plan.channels.reaching(row.topic, row.audience.get("role"), row.id in plan.red),
        _digest(row),
    )
    for robot in reached.robots:
        yield _delivery(row, plan, ROBOT, f"{robot}.{digest}@duban", robot=robot)
    for webhook in plan.webhooks:
        if not webhook.topics or row.topic in webhook.topics:
            yield _delivery(row, plan, WEBHOOK, f"msg_{webhook.id}_{digest}", webhook_id=webhook.id)


def _delivery(row: Any, plan: Plan, channel: str, message: str, **recipient: Any) -> dict[str, Any]:
    arrived = channel == INBOX
    return {
        "outbox_id": row.id, "person_id": None, "robot": None, "webhook_id": None, **recipient, "channel": channel,
        "message_id": message, "urgent": row.id in plan.red, "state": "sent" if arrived else "waiting", "attempts": 0,
        "next_at": plan.now, "sent_at": plan.now if arrived else None,
    }  # fmt: skip


def _enter_once(tx: Connection, delivery: Mapping[str, Any]) -> int:
    """1 where it is new; 0 where the same was told before, in another name."""
    statement = (
        inserting(tx, Delivery).values(**delivery).on_conflict_do_nothing(index_elements=["message_id"])
    )
    return len(tx.execute(statement.returning(Delivery.id)).all())


def message_id(row: Any, person_id: int, channel: str = MAIL) -> str:
    """Stable for a row, a person and a channel, whoever sends it and however often."""
    by = "" if channel == MAIL else f".{channel}"
    return f"{row.root_kind}.{row.root_id}.{row.id}.{person_id}{by}@duban"


def _digest(row: Any) -> str:
    """What is told, whoever is told: the same for all rows that one act or job leaves about one thing."""
    facts = {name: value for name, value in row.facts.items() if name != "request"}
    told = [row.topic, row.root_kind, row.root_id, row.written_at, facts]
    return hashlib.sha256(canonical(told).encode()).hexdigest()[:32]
