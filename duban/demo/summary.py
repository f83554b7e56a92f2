"""What the play left behind, counted in the database and on disk: the same for the same seed."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import Connection, func, select, true

from duban.demo.ground import Ground
from models import Card, Delivery, Evidence, Milestone, Notice, Reminder, Seal, Task
from models.states import EvidenceState
from workflow import audit, sealing
from workflow.approvals import proofs
from workflow.channels import MAIL
from workflow.words import say


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts; of cards by `colour/state`."""

    seed: int
    from_on: date
    upto_on: date
    tasks: dict[str, int]
    milestones: dict[str, int]
    reminders: dict[str, int]
    cards: dict[str, int]
    notices: dict[str, int]
    papers: int
    mails: dict[str, int]
    evidence_files: int
    audit_events: int
    seals: int
    verified: bool
    gaps: dict[str, str]

    def write(self, path: Path) -> None:
        """As JSON, keys in order."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2, default=str)
        path.write_text(text + "\n", encoding="utf-8")

    def table(self, language: str) -> Table:
        """For people: one row a thing."""
        table = Table(
            title=say("demo.summary", language, from_on=self.from_on, upto_on=self.upto_on), show_header=False
        )
        table.add_column(no_wrap=True)
        table.add_column()
        for kind in ("task", "milestone", "notice"):
            counts = getattr(self, f"{kind}s")
            table.add_row(say(f"kind.{kind}", language), _by_state(kind, counts, language))
        table.add_row(say("kind.card", language), _by_colour(self.cards, language))
        table.add_row(
            say("demo.reminders", language), say("demo.reminders.counts", language, **self.reminders)
        )
        table.add_row(say("demo.mails", language), say("demo.mails.counts", language, **self.mails))
        table.add_row(say("demo.papers", language), str(self.papers))
        table.add_row(say("demo.evidence", language), str(self.evidence_files))
        held = say("demo.verified" if self.verified else "demo.broken", language)
        facts = {"events": self.audit_events, "seals": self.seals, "held": held}
        table.add_row(say("demo.audit", language), say("demo.audit.counts", language, **facts))
        for number, what in self.gaps.items():
            table.add_row(say("demo.gap", language, number=number), what)
        return table


def _by_state(kind: str, counts: dict[str, int], language: str) -> str:
    return "  ".join(f"{say(f'{kind}.state.{state}', language)} {n}" for state, n in counts.items()) or "0"


def _by_colour(counts: dict[str, int], language: str) -> str:
    shown = []
    for place, n in counts.items():
        colour, state = place.split("/")
        words = f"{say(f'card_colour.{colour}', language)} {say(f'card.state.{state}', language)}"
        shown.append(f"{words} {n}")
    return "  ".join(shown) or "0"


def sum_up(ground: Ground, seed: int, from_on: date, upto_on: date, gaps: dict[int, str]) -> Summary:
    """Count everything, and check every audit chain and daily seal again."""
    with ground.services.reading() as tx:
        events, broken = audit.verify(tx)
        overtaken = _counts(tx, Reminder.overtaken)
        kept = Evidence.state.in_((EvidenceState.ATTACHED, EvidenceState.ACCEPTED))
        return Summary(
            seed, from_on, upto_on,
            tasks=_counts(tx, Task.state), milestones=_counts(tx, Milestone.state),
            reminders={"sent": overtaken.get("False", 0), "overtaken": overtaken.get("True", 0)},
            cards=_counts(tx, Card.colour, Card.state), notices=_counts(tx, Notice.state),
            papers=_one(tx, select(func.count()).where(Notice.pdf_key.is_not(None))),
            mails={"sent": 0, "parked": 0, "waiting": 0, **_counts(tx, Delivery.state, of=Delivery.channel == MAIL)},
            evidence_files=_one(tx, select(func.count()).select_from(Evidence).where(kept)),
            audit_events=events, seals=_one(tx, select(func.count()).select_from(Seal)),
            verified=broken is None and events > 0 and sealing.verify(tx).broken_on is None
            and proofs.verify(tx)[1] is None,
            gaps={str(number): what for number, what in sorted(gaps.items())},
        )  # fmt: skip


def _counts(tx: Connection, *columns: Any, of: Any = true()) -> dict[str, int]:
    rows = tx.execute(select(*columns, func.count()).where(of).group_by(*columns).order_by(*columns))
    return {"/".join(str(part) for part in row[:-1]): row[-1] for row in rows}


def _one(tx: Connection, statement: Any) -> int:
    return int(tx.execute(statement).scalar_one())


def lay_out_papers(ground: Ground) -> list[Path]:
    """Copy every printed notice to `notices/<number>.pdf`: the paths, in order of number."""
    shutil.rmtree(ground.notices, ignore_errors=True)
    ground.notices.mkdir()
    statement = select(Notice.series, Notice.year, Notice.number, Notice.pdf_key).where(
        Notice.pdf_key.is_not(None)
    )
    with ground.services.reading() as tx:
        rows = tx.execute(statement.order_by(Notice.year, Notice.number)).all()
    paths = []
    for row in rows:
        path = ground.notices / f"{row.series}〔{row.year}〕{row.number}号.pdf"
        path.write_bytes(b"".join(ground.services.store.open(row.pdf_key)))
        paths.append(path)
    return paths
