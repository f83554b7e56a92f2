"""How a request comes to its services, its instant and its connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Connection

from workflow.bootstrap import Services


def services_of(request: Request) -> Services:
    """The services that the app was made with."""
    return cast("Services", request.app.state.services)


ServicesHere = Annotated[Services, Depends(services_of)]


def instant(services: ServicesHere) -> datetime:
    """The instant of the request: the clock is read once and handed down."""
    return services.clock()


Now = Annotated[datetime, Depends(instant)]


def transaction(services: ServicesHere) -> Iterator[Connection]:
    """One request, one transaction."""
    with services.transaction() as tx:
        yield tx


def reading(services: ServicesHere) -> Iterator[Connection]:
    """One consistent look."""
    with services.reading() as tx:
        yield tx


# scope="function" commits BEFORE the answer is sent: otherwise a failed commit would still look like success.
Tx = Annotated[Connection, Depends(transaction, scope="function")]
Look = Annotated[Connection, Depends(reading, scope="function")]
