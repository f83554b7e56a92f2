"""Who may sign and who sees, asked of the law and of the rows at once; and in whose stead an act was done."""

from __future__ import annotations

import json

from sqlalchemy import select

from models import Approval, AuditEvent
from tests.people import do
from workflow import visibility
from workflow.approvals.boxes import Box, in_box, read_viewer
from workflow.approvals.rights import right_of
from workflow.bootstrap import Services
from workflow.standings import load_approvals

REASON = "工作调动。"


def approve(services: Services, approval: int, *signers: int) -> None:
    for signer in signers:
        do(services, "approval", approval, "approve", signer)


def may(services: Services, approval: int, who: int) -> bool:
    """Whether somebody may sign now: the law and the inbox must say the same."""
    now = services.clock()
    with services.reading() as tx:
        by_law = right_of(load_approvals(tx, [approval], who, now)[approval]) is not None
        mine = in_box(read_viewer(tx, who, services.clock()), Box.TO_SIGN)
        box = visibility.approvals(Approval.id).where(mine, Approval.id == approval)
        by_rows = tx.execute(box, visibility.bound(who, now)).first() is not None
    assert by_law == by_rows
    return by_law


def sees(services: Services, approval: int, who: int) -> bool:
    """Whether somebody sees it: the standing and the list must say the same."""
    now = services.clock()
    with services.reading() as tx:
        seen = load_approvals(tx, [approval], who, now)[approval].seen
        listed = visibility.approvals(Approval.id).where(Approval.id == approval)
        assert seen == (tx.execute(listed, visibility.bound(who, now)).first() is not None)
    return seen


def for_whom(services: Services, action: str) -> list[int | None]:
    """In whose stead each act of the name was done, as the chain keeps it."""
    with services.reading() as tx:
        texts = tx.execute(select(AuditEvent.text).where(AuditEvent.action == action).order_by(AuditEvent.id))
        return [json.loads(text).get("for_id") for text in texts.scalars()]
