"""The page of a milestone and the form by which it is broken down, as a browser without script uses them."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from fastapi import FastAPI
from sqlalchemy import event, func, select, update
from starlette.testclient import TestClient

import api.sign_in
from models import AuditEvent, Milestone, OutboxRow, Part, Person, Share, ShareTarget
from models.states import PartRole, PartState, Role
from tests.people import START, Cast, add, add_person, add_unit, do
from tests.workflow.definitions.samples import SCHOOLS
from tests.workflow.directory.accounts import CHEAP, PASSWORD, give_password
from workflow.bootstrap import Services
from workflow.words import say

HERE = {"Origin": "http://testserver"}


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.sign_in, "passwords", CHEAP)


@pytest.fixture
def browser(app: FastAPI, services: Services, cast: Cast) -> Iterator[TestClient]:
    """Nobody is signed in yet; redirects are looked at, not followed."""
    app.state.services = services
    for person in (cast.olga, cast.petra, cast.jun):
        give_password(services, person)
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


def sign_in(browser: TestClient, login: str, onward: str = "/", password: str = PASSWORD) -> int:
    form = {"login": login, "password": password, "next": onward}
    answer = browser.post("/sign-in", data=form, headers=HERE)
    if answer.status_code == 303:
        assert answer.headers["location"] == onward
    return int(answer.status_code)


def districts(services: Services, cast: Cast, *names: str) -> list[int]:
    """Districts with a part in the task, each with an owner named after it."""
    with services.transaction() as tx:
        made = []
        for n, name in enumerate(names):
            unit = add_unit(tx, f"D{n}", f"{name}区机管局", is_district=True)
            add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.CONTRIBUTOR,
                ordinal=10 + n, state=PartState.ASSIGNED)  # fmt: skip
            add_person(tx, f"owner{n}", f"经办{n}", (Role.OWNER, unit))
            made.append(unit)
    return made


def count(services: Services, *models: type) -> list[int]:
    with services.reading() as tx:
        return [tx.execute(select(func.count()).select_from(model)).scalar_one() for model in models]


def names(services: Services, *people: int) -> list[tuple[str]]:
    with services.reading() as tx:
        return [(row.name,) for row in tx.execute(select(Person.name).where(Person.id.in_(people)))]


def test_who_is_not_signed_in_is_led_to_the_form_and_back(browser: TestClient, cast: Cast) -> None:
    answer = browser.get(f"/milestones/{cast.milestone}")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/sign-in?next=/milestones/{cast.milestone}",
    )
    form = browser.get(answer.headers["location"])
    assert f'value="/milestones/{cast.milestone}"' in form.text
    assert sign_in(browser, "olga", f"/milestones/{cast.milestone}") == 303
    assert browser.get(f"/milestones/{cast.milestone}").status_code == 200


def test_a_wrong_password_shows_the_form_again_and_opens_nothing(browser: TestClient) -> None:
    assert sign_in(browser, "olga", password="wrong horse 9") == 401
    assert browser.cookies.get("duban_session") is None


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/api/v1/tasks", "/milestones/1/../x"]
)
def test_signing_in_leads_to_our_own_pages_only(browser: TestClient, onward: str) -> None:
    answer = browser.post(
        "/sign-in", data={"login": "olga", "password": PASSWORD, "next": onward}, headers=HERE
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_foreign_page_signs_nobody_in_and_breaks_nothing_down(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    form = {"login": "olga", "password": PASSWORD}
    assert browser.post("/sign-in", data=form, headers=foreign).status_code == 403
    sign_in(browser, "olga")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    answer = browser.post(
        f"/milestones/{cast.milestone}/breakdown", data={f"unit-{cast.joint}": "1"}, headers=foreign
    )
    assert answer.status_code == 403
    assert count(services, Share) == [0]


def test_a_lead_breaks_a_milestone_down_by_the_form(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    first, second = districts(services, cast, "青浦", "崇明")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    sign_in(browser, "olga")
    before = count(services, AuditEvent, OutboxRow)
    form = {
        f"unit-{first}": "1", f"target-{first}-{cast.indicator}": "20", f"due-{first}": "2022-11-30",
        f"unit-{second}": "1", f"target-{second}-{cast.indicator}": "1,000", f"text-{second}": "完成全部审计",
    }  # fmt: skip
    answer = browser.post(f"/milestones/{cast.milestone}/breakdown", data=form, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/milestones/{cast.milestone}?lang=zh-Hans",
    )
    with services.reading() as tx:
        issued = tx.execute(
            select(Share.unit_id, Share.due_on, Share.text, ShareTarget.quantity)
            .join(ShareTarget, ShareTarget.share_id == Share.id)
            .order_by(Share.id)
        ).all()
    assert [(row.unit_id, row.due_on.isoformat(), row.text, int(row.quantity)) for row in issued] == [
        (first, "2022-11-30", "300家能源审计", 20),
        (second, "2022-12-30", "完成全部审计", 1000),
    ]
    assert [
        after - then for after, then in zip(count(services, AuditEvent, OutboxRow), before, strict=True)
    ] == [3, 2]
    shown = browser.get(answer.headers["location"]).text
    assert say("milestone_page.missing", units="青浦区机管局、崇明区机管局", count=2) in shown
    assert say("milestone_page.allotted", quantity="1020") in shown


def test_a_form_that_is_off_issues_nothing_and_keeps_what_was_typed(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    (first,) = districts(services, cast, "青浦")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    sign_in(browser, "olga")
    form = {f"unit-{first}": "1", f"target-{first}-{cast.indicator}": "20", f"due-{first}": "2023-01-31"}
    answer = browser.post(f"/milestones/{cast.milestone}/breakdown", data=form, headers=HERE)
    assert answer.status_code == 409
    assert say("need.due_by", latest="2022-12-30") in answer.text
    assert 'value="20"' in answer.text
    assert 'value="2023-01-31"' in answer.text
    assert count(services, Share) == [0]
    wrong = browser.post(
        f"/milestones/{cast.milestone}/breakdown",
        data={f"unit-{first}": "1", f"target-{first}-{cast.indicator}": "many"}, headers=HERE,
    )  # fmt: skip
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text


def test_a_form_without_a_tick_says_so_and_drops_nothing_that_was_typed(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    first, second = districts(services, cast, "青浦", "崇明")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    sign_in(browser, "olga")
    address = f"/milestones/{cast.milestone}/breakdown"
    empty = browser.post(address, data={f"text-{first}": ""}, headers=HERE)
    assert (empty.status_code, say("need.nothing_ticked") in empty.text) == (409, True)
    form = {
        f"unit-{first}": "1",
        f"target-{first}-{cast.indicator}": "20",
        f"target-{second}-{cast.indicator}": "5",
    }
    half = browser.post(address, data=form, headers=HERE)
    forgotten = say("milestone_page.of_unit", unit="崇明区机管局", text=say("need.not_ticked"))
    assert (half.status_code, forgotten in half.text, 'value="5"' in half.text) == (409, True, True)
    assert count(services, Share) == [0]


def test_a_refused_form_names_the_unit_and_says_nothing_twice(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    first, second = districts(services, cast, "青浦", "崇明")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    sign_in(browser, "olga")
    address = f"/milestones/{cast.milestone}/breakdown"
    form = {f"unit-{first}": "1", f"unit-{second}": "1", f"target-{first}-{cast.indicator}": "20"}
    wrong = browser.post(
        address, data={**form, f"target-{second}-{cast.indicator}": "many"}, headers=HERE
    ).text
    assert say("field.decimal_parsing", field="崇明区机管局") in unescape(wrong)
    assert "portions." not in wrong
    late = browser.post(
        address, data={**form, f"due-{second}": "2023-01-31", f"text-{second}": "审计"}, headers=HERE
    )
    due = say("need.due_by", latest="2022-12-30")
    assert say("milestone_page.of_unit", unit="崇明区机管局", text=due) in late.text
    figures = [{"indicator_id": cast.indicator, "quantity": "3"}]
    do(services, "milestone", cast.milestone, "report", cast.olga,
       details={"figures": figures, "as_of_on": START.date()})  # fmt: skip
    again = browser.post(address, data={**form, f"target-{second}-{cast.indicator}": "5"}, headers=HERE).text
    assert again.count(say("need.already_reported", metric="能源审计")) == 1


def test_a_refused_form_in_another_language_leads_back_to_the_milestone(
    browser: TestClient, cast: Cast
) -> None:
    answer = browser.get(f"/milestones/{cast.milestone}/breakdown?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/milestones/{cast.milestone}?lang=en")


def test_the_language_that_was_chosen_lasts_through_signing_in_and_out(
    browser: TestClient, cast: Cast
) -> None:
    page = f"/milestones/{cast.milestone}"
    led = browser.get(f"{page}?lang=zh-Hant").headers["location"]
    assert led == f"/sign-in?next={page}&lang=zh-Hant"
    assert f"?lang=en&amp;next={page}" in browser.get(led).text
    form = {"login": "olga", "password": PASSWORD, "next": page}
    assert browser.post("/sign-in?lang=en", data=form, headers=HERE).headers["location"] == f"{page}?lang=en"
    left = browser.post("/sign-out?lang=en", headers=HERE)
    assert (left.status_code, left.headers["location"]) == (303, "/sign-in?lang=en")


def test_a_page_says_who_reads_it_and_how_to_leave(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    sign_in(browser, "olga")
    name = "".join(row[0] for row in names(services, cast.olga))
    for address in ("/", f"/milestones/{cast.milestone}"):
        shown = browser.get(f"{address}?lang=en").text
        assert f"<span>{name}</span>" in shown
        assert 'action="/sign-out?lang=en"' in shown
    assert browser.post("/sign-out", headers=HERE).status_code == 303
    assert browser.get("/").status_code == 401


def test_an_accepted_milestone_is_done_and_has_no_light(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    with services.transaction() as tx:
        tx.execute(update(Milestone).where(Milestone.id == cast.milestone).values(state="waived"))
    sign_in(browser, "olga")
    shown = browser.get(f"/milestones/{cast.milestone}").text
    assert say("board.mark.done") in shown
    assert say("board.mark.green") not in shown


def test_a_share_with_nothing_to_measure_by_shows_neither_a_number_nor_a_bar(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    (district,) = districts(services, cast, "崇明")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    ratio = {"indicator_id": cast.indicator, "card": SCHOOLS}
    do(services, "task", cast.task, "define", cast.amira, details=ratio, reason="明确口径")
    portions = [{"unit_id": district, "targets": [{"indicator_id": cast.indicator, "quantity": "70"}]}]
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": portions})
    with services.reading() as tx:
        share = tx.execute(select(Share.id)).scalar_one()
        owner = tx.execute(select(Person.id).where(Person.login == "owner0")).scalar_one()
    sign_in(browser, "olga")
    bars = browser.get(f"/milestones/{cast.milestone}").text.count('class="bar"')
    nothing = {"indicator_id": cast.indicator, "quantity": "0", "base": "0"}
    for action in ("acknowledge", "start"):
        do(services, "share", share, action, owner)
    do(services, "share", share, "report", owner, details={"figures": [nothing], "as_of_on": START.date()})
    shown = browser.get(f"/milestones/{cast.milestone}").text
    assert say("board.not_applicable") in shown
    assert shown.count('class="bar"') == bars - 1


def test_who_may_not_break_down_sees_no_form_and_is_refused(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    sign_in(browser, "jun")
    assert "/breakdown" not in browser.get(f"/milestones/{cast.milestone}").text
    answer = browser.post(
        f"/milestones/{cast.milestone}/breakdown", data={f"unit-{cast.joint}": "1"}, headers=HERE
    )
    assert answer.status_code == 403
    sign_in(browser, "petra")
    assert browser.get(f"/milestones/{cast.milestone}").status_code == 404


def test_a_district_sees_its_own_share_and_no_others(
    browser: TestClient, services: Services, cast: Cast
) -> None:
    first, second = districts(services, cast, "青浦", "崇明")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    portions = [{"unit_id": unit, "targets": [{"indicator_id": cast.indicator, "quantity": "20"}]}
                for unit in (first, second)]  # fmt: skip
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": portions})
    with services.reading() as tx:
        owner = tx.execute(select(Person.id).where(Person.login == "owner0"))
        give_password(services, owner.scalar_one())
    sign_in(browser, "owner0")
    shown = browser.get(f"/milestones/{cast.milestone}").text
    assert "青浦区机管局" in shown
    assert "崇明区机管局" not in shown


@pytest.mark.parametrize("shares", [2, 40])
def test_the_page_takes_the_same_statements_whatever_the_number_of_shares(
    browser: TestClient, services: Services, cast: Cast, shares: int
) -> None:
    units = districts(services, cast, *(f"第{n}" for n in range(shares)))
    do(services, "task", cast.task, "acknowledge", cast.olga)
    portions = [
        {"unit_id": unit, "targets": [{"indicator_id": cast.indicator, "quantity": "1"}]} for unit in units
    ]
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": portions})
    sign_in(browser, "olga")
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        assert browser.get(f"/milestones/{cast.milestone}").status_code == 200
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 8
