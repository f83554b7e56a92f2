"""`duban user`: the first admin comes from the command line, once, and with no default password."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from duban import user
from models import Person
from models.states import Role
from tests.people import Cast
from tests.workflow.directory.accounts import CHEAP, PASSWORD
from workflow import audit
from workflow.activation import activate, find_slip
from workflow.adapters.clocks import system_clock
from workflow.bootstrap import Services, Settings
from workflow.directory import people
from workflow.errors import DubanError, Malformed, NotFound, NotPermitted
from workflow.standings import actor

CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads its database from the environment."""
    monkeypatch.setenv("DUBAN_DATABASE", settings.database)


def run(*arguments: str) -> str:
    """What a command prints; its refusal as it was raised."""
    result = CliRunner().invoke(user.app, list(arguments))
    if isinstance(result.exception, DubanError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def use(services: Services, printed: str) -> int:
    """Activate with the printed code: the person's id."""
    code = CODE.search(printed)
    assert code is not None
    now = system_clock()
    with services.transaction() as tx:
        slip_id, person, _ = find_slip(tx, code[0], now)
        activate(tx, slip_id, person, CHEAP.hash(PASSWORD), now)
    return person


def test_the_first_admin_has_a_code_and_no_password(services: Services) -> None:
    printed = run("first-admin", "Adele", "艾德")
    with services.reading() as tx:
        row = tx.execute(select(Person.__table__)).one()
        assert (row.login, row.state, row.password_hash) == ("adele", "invited", None)
        assert actor(tx, row.id, system_clock()).everywhere(Role.ADMIN)
        assert audit.verify(tx)[1] is None
    use(services, printed)


def test_there_is_no_second_first_admin(services: Services) -> None:
    use(services, run("first-admin", "adele", "艾德"))
    for login in ("adele", "eve"):
        with pytest.raises(user.AdminExists):
            run("first-admin", login, "夏娃")
    with services.reading() as tx:
        assert tx.execute(select(Person.login)).scalars().all() == ["adele"]


def test_a_lost_first_code_is_replaced_for_the_same_login_only(services: Services) -> None:
    lost = CODE.search(run("first-admin", "adele", "艾德"))
    with pytest.raises(user.AdminExists):
        run("first-admin", "eve", "夏娃")
    again = CODE.search(run("first-admin", "adele", "艾德"))
    assert lost is not None
    assert again is not None
    assert lost[0] != again[0]
    use(services, again[0])


def test_an_admin_adds_people_and_others_do_not(services: Services, cast: Cast) -> None:
    use(services, run("first-admin", "adele", "艾德"))
    use(services, run("add", "ning", "宁宁", "--as", "adele", "--unit", "JGJ", "--role", "owner"))
    with services.reading() as tx:
        ning = people.find_login(tx, "ning")
        assert actor(tx, ning, system_clock()).holds(Role.OWNER, cast.lead)
    with pytest.raises(NotPermitted):
        run("add", "ming", "明明", "--as", "petra", "--unit", "JGJ")
    with pytest.raises(NotFound):
        run("add", "ming", "明明", "--as", "ghost")
    with pytest.raises(NotFound):
        run("add", "ming", "明明", "--as", "adele", "--unit", "NONE")
    with pytest.raises(Malformed):
        run("add", "m m", "明明", "--as", "adele")
    assert CODE.search(run("slip", "ning", "--as", "adele"))
    with services.reading() as tx:
        assert tx.execute(select(Person.id).where(Person.login == "ming")).first() is None
