"""The board at `/`: the plan for a newcomer, nobody's name, nothing for strangers, few statements at any size."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update
from starlette.testclient import TestClient

from models import Milestone, Part, Person, Task
from tests.api.desks import give_token
from tests.api.pages.conftest import Hall
from tests.api.pages.staging import CANCELLED, LATE, SUSPENDED, Stage
from tests.people import Cast
from workflow.board import read_board
from workflow.board_rows import BoardRow
from workflow.bootstrap import Services
from workflow.words import LANGUAGES, catalogue, say

HOSTILE = '</th><script>alert(1)</script><img src=x onerror="alert(1)">'
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def get(client: TestClient, path: str = "/", **headers: str) -> Any:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def rows(services: Services) -> dict[int, BoardRow]:
    with services.reading() as tx:
        (plan,) = read_board(tx, services.clock()).plans
    return {row.number: row for row in plan.rows}


def words_of(html: str) -> str:
    """What a reader sees of a page, but for the plan's own texts in another script."""
    body = html.split("<body>")[1]
    bare = re.sub(r'<(\w+)[^>]* lang="[^"]+"[^>]*>.*?</\1>', " ", body, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", bare))


def test_every_task_stands_on_the_board_with_its_light(hall: Hall) -> None:
    answer = get(hall.client)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(re.findall(r'<tr class="task (\w+)"', answer.text)) == 36
    assert Counter(re.findall(r'<tr class="task (\w+)"', answer.text)) == {
        "green": 25, "done": 4, "red": 2, "yellow": 2, "blue": 1, "suspended": 1, "cancelled": 1,
    }  # fmt: skip
    assert answer.text.count('<tr class="programme"') == 9
    assert "上海市公共机构绿色低碳循环发展行动方案" in answer.text


def test_reached_and_target_add_up_over_the_years(hall: Hall) -> None:
    task = rows(hall.services)[4]
    assert [figure.written for figure in task.figures] == [("510", "600"), ("65", "80")]
    assert (task.done, len(task.nodes)) == (1, 2)


def test_what_is_late_says_so_as_its_card_does(hall: Hall) -> None:
    for number, colour in LATE.items():
        row = rows(hall.services)[number]
        assert row.light == colour
        assert row.next_due is not None
        assert row.next_due.days_late == {"red": 110, "yellow": 5}[colour]
        assert row.cards == {"red": 2, "yellow": 1}[colour]
        assert row.notices == {"red": 1, "yellow": 0}[colour]


def test_where_no_clock_runs_there_is_no_light(hall: Hall) -> None:
    found = rows(hall.services)
    assert [(found[n].light, found[n].mark) for n in (SUSPENDED, CANCELLED, 2)] == [
        (None, "suspended"), (None, "cancelled"), (None, "done"),
    ]  # fmt: skip
    assert found[SUSPENDED].next_due is not None
    assert found[CANCELLED].next_due is None


def test_nobody_is_named(hall: Hall) -> None:
    with hall.services.reading() as tx:
        people = set(tx.execute(select(Person.name)).scalars()) | set(
            tx.execute(select(Person.login)).scalars()
        )
    pages = "".join(get(hall.client, f"/?lang={language}").text for language in LANGUAGES)
    assert [name for name in people if name in pages] == []


def test_what_somebody_typed_stays_text(played: Stage, services: Services, client: TestClient) -> None:
    with services.transaction() as tx:
        tx.execute(update(Task).where(Task.number == 7).values(name=HOSTILE, printed_name=HOSTILE))
        tx.execute(update(Milestone).values(text=HOSTILE, printed_text=HOSTILE))
    for language in LANGUAGES:
        html = get(client, f"/?lang={language}").text
        assert "<script" not in html
        assert "<img" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_pages_come_without_script_and_from_one_host(hall: Hall) -> None:
    answer = get(hall.client)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert re.search(r"\sstyle=|\son\w+=|<script|https?://", answer.text) is None


def test_the_stylesheet_is_kept_for_a_year_under_its_own_name(hall: Hall) -> None:
    (address,) = re.findall(r'href="(/style-\w+\.css)"', get(hall.client).text)
    style = get(hall.client, address)
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert get(hall.client, "/style-0000000000000000.css").status_code == 404
    assert get(hall.client, "/icon.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_reads_in_each_language(hall: Hall, language: str) -> None:
    for answer in (get(hall.client, f"/?lang={language}"), get(hall.client, accept_language=language)):
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert say("page.unclassified", language) in answer.text
        assert say("board.days_late", language, days=110) in answer.text


def test_an_english_page_has_no_chinese_but_the_plans(hall: Hall) -> None:
    assert CHINESE.findall(words_of(get(hall.client, "/?lang=en").text)) == []


def test_a_traditional_page_has_no_simplified_words(hall: Hall) -> None:
    seen = words_of(get(hall.client, "/?lang=zh-Hant").text)
    simplified = {sign for sign in "办单灯节务标态续验动项余个机构绿设" if sign in seen}
    assert simplified == set()


def test_an_unknown_language_is_the_browsers(hall: Hall) -> None:
    assert get(hall.client, "/?lang=fr", accept_language="en").headers["content-language"] == "en"


def test_only_a_demo_loads_itself_again_and_may_be_stopped(hall: Hall) -> None:
    assert '<meta http-equiv="refresh"' in get(hall.client).text
    stopped = get(hall.client, "/?refresh=0").text
    assert "http-equiv" not in stopped
    assert say("board.refresh") in stopped


def test_before_there_is_a_plan_it_says_what_comes(stage: Stage, client: TestClient) -> None:
    assert say("board.empty.demo") in get(client).text


def test_strangers_see_nothing_outside_of_a_demo(cast: Cast, client: TestClient) -> None:
    answer = get(client)
    assert answer.status_code == 401
    assert say("sign_in_page.why") in answer.text
    assert 'action="/sign-in' in answer.text
    assert "能源审计" not in answer.text
    assert "refresh" not in answer.text
    for secret in ("Bearer nonsense", "Basic YTpi"):
        assert get(client, authorization=secret).status_code == 401


def test_who_is_signed_in_sees_what_is_theirs(services: Services, cast: Cast, client: TestClient) -> None:
    with services.transaction() as tx:
        give_token(tx, cast.olga, "olga")
        give_token(tx, cast.petra, "petra")
    own, others = get(client, authorization="Bearer olga"), get(client, authorization="Bearer petra")
    assert own.status_code == others.status_code == 200
    assert all("推进公共机构开展能源审计及后评估" in page.text for page in (own, others))
    assert "2022-12-30" in own.text
    assert "2022-12-30" not in others.text
    assert say("board.untold") in others.text
    assert "refresh" not in own.text


def test_an_office_without_a_plan_learns_what_to_do(
    services: Services, cast: Cast, client: TestClient
) -> None:
    with services.transaction() as tx:
        give_token(tx, cast.amira, "amira")
        tx.exec_driver_sql("UPDATE plan SET state = 'draft'")
    assert say("board.drafts", count=1) in get(client, authorization="Bearer amira").text
    with services.transaction() as tx:
        tx.exec_driver_sql("UPDATE plan SET state = 'discarded'")
    assert "duban plan import FILE" in get(client, authorization="Bearer amira").text


def test_ten_times_the_tasks_take_the_same_statements(
    played: Stage, services: Services, client: TestClient
) -> None:
    few = _statements(services, client)
    with services.transaction() as tx:
        _multiply(tx, 10)
    many = _statements(services, client)
    assert get(client).text.count('<tr class="task ') == 360
    assert many == few
    assert few <= 14


def _statements(services: Services, client: TestClient) -> int:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        assert get(client).status_code == 200
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)
    return len([statement for statement in seen if statement.startswith("SELECT")])


def _multiply(tx: Any, times: int) -> None:
    """Each task again under further numbers, with its lead and milestones."""
    for copy in range(1, times):
        for task in tx.execute(select(Task.__table__)).mappings().all():
            if task["number"] > 36:
                continue
            values = {**task, "number": task["number"] + 36 * copy}
            del values["id"]
            key = tx.execute(insert(Task).values(values).returning(Task.id)).scalar_one()
            for model in (Part, Milestone):
                for row in (
                    tx.execute(select(model.__table__).where(model.task_id == task["id"])).mappings().all()
                ):
                    more = {**row, "task_id": key}
                    del more["id"]
                    tx.execute(insert(model).values(more))


def test_every_word_of_the_pages_is_spoken() -> None:
    """Keys put together from data exist for every value that the data can have."""
    from models.states import DueBasis

    marks = ("red", "yellow", "blue", "green", "done", "suspended", "cancelled", "none")
    keys = {f"board.{part}.{mark}" for part in ("mark", "meaning") for mark in marks}
    keys |= {f"board.basis.{basis}" for basis in DueBasis if basis != DueBasis.YEAR_END}
    keys |= {f"page.language.{language}" for language in LANGUAGES}
    assert [key for key in keys for language in LANGUAGES if key not in catalogue(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_that_waits_for_its_event_says_so(hall: Hall, language: str) -> None:
    due = rows(hall.services)[10].next_due
    assert due is not None
    assert (due.awaits, due.basis) == ("宣传周", "event")
    html = get(hall.client, f"/?lang={language}").text
    row = next(part for part in html.split('<tr class="task')[1:] if ">10</td>" in part)
    assert say("board.awaits_event", language) in row
    assert say("board.basis.event", language) not in row
