"""The office's own settings: entered by who may, recorded, and printed from."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import AuditEvent
from models.states import Role
from tests.api.desks import Desks, give_token
from tests.people import START, Cast, add_person
from workflow import audit
from workflow.bootstrap import Services

GIVEN = {"issuer": "某市节能办公室", "series": "某节督", "contact_person": "钱一", "contact_phone": "010-1"}


def test_an_admin_enters_it_and_the_record_tells(services: Services, desks: Desks, cast: Cast) -> None:
    with services.transaction() as tx:
        give_token(
            tx, add_person(tx, "admin", "管理", (Role.ADMIN, None), since=START.date()), "token-of-admin"
        )
    headers = {"Authorization": "Bearer token-of-admin"}
    entered = desks.amira.client.put("/api/v1/office", json=GIVEN, headers=headers)
    assert entered.status_code == 200, entered.text
    assert desks.olga.get("/office").json()["series"] == "某节督"
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.action, AuditEvent.root_id)).one()
        assert audit.verify(tx)[1] is None
    assert tuple(event) == ("settle", cast.office)


@pytest.mark.parametrize(("who", "status"), [("petra", 403), ("olga", 403), ("karl", 403), (None, 401)])
def test_nobody_else_does(desks: Desks, who: str | None, status: int) -> None:
    headers = {"Authorization": f"Bearer token-of-{who}"} if who else {}
    client = desks.amira.client
    before = desks.amira.get("/office").json()
    assert client.put("/api/v1/office", json=GIVEN, headers=headers).status_code == status
    assert desks.amira.get("/office").json() == before


@pytest.mark.parametrize("off", [{"series": ""}, {"public_address": "javascript:x"}, {"more": 1}])
def test_each_field_that_is_off_is_named(desks: Desks, off: dict[str, object]) -> None:
    desk = desks.amira
    refused = desk.client.put("/api/v1/office", json=GIVEN | off, headers=desk.headers())
    assert refused.status_code == 422
    assert refused.json()["missing"][0]["field"].endswith(next(iter(off)))
