"""Our side: the lifecycle through `perform`, as the doors call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from benchmarks.ground import FILE, NOTE, NOW, OPINION, SUBMISSION, TARGET, Item, People
from models import Approval
from models.states import ApprovalState
from workflow import lifecycles
from workflow.acts import perform
from workflow.attachments import Attachment
from workflow.bootstrap import Settings, bootstrap
from workflow.law import LAWS

SUBMITTED = {"text": SUBMISSION}
SIGNED = {"opinion": OPINION}
KINDS = lifecycles.__all__


class Performed:
    """The house's own way."""

    def __init__(self, url: str, people: People) -> None:
        self.services = bootstrap(Settings(database=url, pool_size=1))
        self.owner = people.owner

    def start(self, item: Item) -> None:
        with self.services.transaction() as tx:
            self._do(tx, "milestone", item.milestone, "start")

    def report(self, item: Item) -> None:
        figure = {"indicator_id": item.indicator, "quantity": str(TARGET)}
        details = {"figures": [figure], "note": NOTE, "as_of_on": NOW.date().isoformat()}
        with self.services.transaction() as tx:
            self._do(tx, "milestone", item.milestone, "report", details)

    def submit(self, item: Item) -> None:
        with self.services.transaction() as tx:
            self._do(tx, "milestone", item.milestone, "attach", Attachment(**FILE, true_on=NOW.date()))
            self._do(tx, "milestone", item.milestone, "submit", SUBMITTED)

    def _do(self, tx: Connection, kind: str, subject: int, action: str, details: Any = None) -> None:
        perform(tx, LAWS[kind], subject, action, self.owner, NOW, details=details)

    def open_approvals(self, items: Sequence[Item]) -> dict[int, int]:
        statement = select(Approval.milestone_id, Approval.id).where(
            Approval.state == ApprovalState.OPEN, Approval.milestone_id.in_([i.milestone for i in items])
        )
        with self.services.reading() as tx:
            return {row.milestone_id: row.id for row in tx.execute(statement)}

    def approve(self, approval: int, person: int) -> None:
        signed: Mapping[str, str] = SIGNED
        with self.services.transaction() as tx:
            perform(tx, LAWS["approval"], approval, "approve", person, NOW, details=signed)

    def close(self) -> None:
        self.services.close()
