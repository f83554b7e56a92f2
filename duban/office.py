"""`duban office`: what is printed on notices."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from duban.people import As, person_id
from workflow.acts import lacks
from workflow.bootstrap import bootstrap
from workflow.directory.letterhead import enter_letterhead
from workflow.errors import Malformed
from workflow.offices import Office


def office(
    issuer: Annotated[str, typer.Option(help="The issuing office's full name.")],
    series: Annotated[str, typer.Option(help="发文机关代字, e.g. 沪机管督.")],
    contact_person: Annotated[str, typer.Option(help="Whom to call.")],
    contact_phone: Annotated[str, typer.Option()],
    login: As,
    sealed_by: Annotated[str | None, typer.Option(help="Who seals for the issuer (代章).")] = None,
    public_address: Annotated[
        str | None, typer.Option(help="Root of the site that answers for codes.")
    ] = None,
) -> None:
    """Enter what is printed on the office's notices: issuer, series of numbers, contact."""
    values = {
        "issuer": issuer, "series": series, "contact_person": contact_person, "contact_phone": contact_phone,
        "sealed_by": sealed_by, "public_address": public_address,
    }  # fmt: skip
    try:
        given = Office.model_validate(values)
    except ValidationError as error:
        raise Malformed(missing=lacks(error)) from None
    services = bootstrap()
    with services.transaction() as tx:
        enter_letterhead(tx, given, person_id(tx, login), services.clock())
    typer.echo(f"{issuer}: {series}")
