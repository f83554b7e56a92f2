"""Checking a paper by the code printed on it: what the public page may tell, and nothing private.

Whoever holds the paper compares number, date and digest: a code alone can be copied onto a forgery.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from models import Notice
from models.states import NoticeState
from workflow.errors import NotFound
from workflow.papers.notice import NoticeFacts
from workflow.papers.wording import SHORT_DIGEST, write_number

STANDINGS = {NoticeState.REPLACED: "replaced", NoticeState.VOIDED: "voided"}
LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """An issued paper as the public may know it. `standing` is issued, replaced or voided."""

    code: str
    standing: str
    issuer: str
    number: str
    issued_on: date
    digest: str
    """The first 16 hex digits of the SHA-256 of its facts, as printed on it."""


def check_paper(tx: Connection, code: str) -> CheckedPaper:
    """The paper that bears a code, typed in any case and with blanks or dashes. Raises NotFound for an unknown one."""
    wanted = "".join(sign for sign in code.upper() if sign.isalnum())
    statement = select(Notice.code, Notice.state, Notice.facts, Notice.facts_sha256).where(
        Notice.code == wanted, Notice.issued_at.is_not(None)
    )
    row = tx.execute(statement).one_or_none() if 0 < len(wanted) <= LONGEST_CODE else None
    if row is None:
        raise NotFound(kind="notice")
    facts = NoticeFacts.from_record(row.facts)
    if facts.issue is None:
        raise NotFound(kind="notice")
    return CheckedPaper(
        code=row.code, standing=STANDINGS.get(row.state, "issued"), issuer=facts.content.issuer,
        number=write_number(facts.issue), issued_on=facts.issue.issued_on, digest=row.facts_sha256[:SHORT_DIGEST],
    )  # fmt: skip
