"""`duban audit verify`, `duban evidence verify`: is everything still what it was when it was written?"""

from __future__ import annotations

import typer
from sqlalchemy import select

from models import Evidence, Notice
from workflow import audit, sealing
from workflow.approvals import proofs
from workflow.bootstrap import Services, bootstrap
from workflow.evidence_files import Condition

audit_app = typer.Typer(no_args_is_help=True, help="The audit chains.")
evidence_app = typer.Typer(no_args_is_help=True, help="The evidence files.")
BROKEN = 1


@audit_app.callback()
def _audit() -> None:
    """The audit chains."""


@audit_app.command("verify")
def verify_audit() -> None:
    """Re-hash every audit chain against its head, every daily seal, and every approval against what is stored; exit 1
    naming the first that does not hold."""
    with bootstrap().reading() as tx:
        checked, broken = audit.verify(tx)
        if broken is not None:
            typer.echo(f"{broken.root_kind} {broken.root_id}, event {broken.seq}: {broken.what}", err=True)
            raise typer.Exit(BROKEN)
        sealed = sealing.verify(tx)
        approvals, unproved = proofs.verify(tx)
    if unproved is not None:
        typer.echo(f"approval {unproved.approval_id}: {unproved.what}", err=True)
        raise typer.Exit(BROKEN)
    if sealed.broken_on is not None:
        typer.echo(f"seal of {sealed.broken_on}: does not hold", err=True)
        raise typer.Exit(BROKEN)
    typer.echo(
        f"{checked} events, chain intact; {sealed.seals} daily seals hold; {approvals} approvals as signed"
    )


@evidence_app.callback()
def _evidence() -> None:
    """The evidence files."""


@evidence_app.command("verify")
def verify_evidence() -> None:
    """Re-hash every stored file that a row names; exit 1 naming each that is gone or altered."""
    services = bootstrap()
    wrong = 0
    for key, sha256, what in _files(services):
        if (condition := services.store.check(key, sha256)) is not Condition.SOUND:
            wrong += 1
            typer.echo(f"{what}: {condition.value}", err=True)
    if wrong:
        raise typer.Exit(BROKEN)
    typer.echo("every file is what its row says")


def _files(services: Services) -> list[tuple[str, str, str]]:
    with services.reading() as tx:
        evidence = tx.execute(
            select(Evidence.id, Evidence.store_key, Evidence.sha256).order_by(Evidence.id)
        ).all()
        notices = tx.execute(
            select(Notice.id, Notice.pdf_key, Notice.pdf_sha256)
            .where(Notice.pdf_key.is_not(None))
            .order_by(Notice.id)
        ).all()
    return [(row.store_key, row.sha256, f"evidence {row.id}") for row in evidence] + [
        (row.pdf_key or "", row.pdf_sha256 or "", f"notice {row.id}") for row in notices
    ]
