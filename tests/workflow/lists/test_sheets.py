"""A list comes by XLSX: all rows count as one act, or none with every bad cell named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from models import AuditEvent, ListItem
from tests.people import Cast
from tests.workflow.directory.books import as_bytes
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.lists.ground import Ground, brought, enter, enter_school, settle_ground, two_shares
from workflow.acts import Event
from workflow.adapters.editions import to_simplified
from workflow.adapters.item_sheets import items_template, read_items_book
from workflow.adapters.workbooks import NotAWorkbook
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotReady
from workflow.law import LAWS
from workflow.lists.entering import MOST_ITEMS
from workflow.lists.intake import enter_sheet, listed_indicator
from workflow.sheets import ImportRefused
from workflow.words import LANGUAGES

HEADINGS = ("机构名称或代码", "所在区", "数量", "完成日期", "备注", "佐证编号")
GOOD = (
    ("第一小学", "青浦区", 1, date(2022, 1, 10), None, None),
    ("第二小學", "青浦區", None, "2022年1月11日", "另附报告", None),
)


def book(rows: Sequence[Sequence[Any]] = GOOD, headings: Sequence[str] = HEADINGS) -> bytes:
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    ws = made.create_sheet("清单")
    for line in (headings, *rows):
        ws.append(list(line))
    return as_bytes(made)


@pytest.fixture
def ground(services: Services, cast: Cast) -> Ground:
    return settle_ground(services, cast)


def take_in(services: Services, ground: Ground, share: int, data: bytes) -> Event:
    sheet, sha256 = read_items_book(data), hashlib.sha256(data).hexdigest()
    now, who, indicator = services.clock(), ground.here.qing, ground.cast.indicator
    with services.transaction() as tx:
        return enter_sheet(tx, LAWS["share"], share, sheet, indicator, sha256, who, now, to_simplified)


def faults(services: Services, ground: Ground, share: int, *rows: Sequence[Any]) -> list[tuple[str, str]]:
    with refused(services, ImportRefused) as refusal:
        take_in(services, ground, share, book(rows))
    return [(lack.facts["field"].split("!")[-1], lack.code) for lack in refusal.value.missing]


def test_a_list_is_one_act_that_names_its_file(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    data = book()
    with watching(services) as seen:
        take_in(services, ground, share, data)
    assert seen.acts == ["share.enter_items"]
    with services.reading() as tx:
        items = tx.execute(select(ListItem.__table__).order_by(ListItem.id)).all()
        text = tx.execute(select(AuditEvent.text).where(AuditEvent.action == "enter_items")).scalar_one()
    assert [item.institution_id for item in items] == [ground.schools["第一小学"], ground.schools["第二小学"]]
    assert [(item.true_on, item.note) for item in items] == [
        (date(2022, 1, 10), None),
        (date(2022, 1, 11), "另附报告"),
    ]
    assert hashlib.sha256(data).hexdigest() in text
    assert brought(services, share) == 2


def test_unreadable_cells_and_wrong_rows_are_named_together(services: Services, ground: Ground) -> None:
    share, second = two_shares(services, ground)
    enter(services, ground, second, ground.here.chong, "第三小学")
    found = faults(
        services, ground, share,
        ("第一小学", None, "很多", "2022-01-10", None, None),
        (None, None, 1, "昨天", None, None),
        ("无此小学", None, 1, "2022-01-10", None, None),
        ("第三小学", "青浦区", 1, "2022-01-10", None, None),
        ("第四小学", None, 0, "2022-01-15", None, 77),
        ("第五小学", None, 1, "2022-01-10", None, None),
        ("第五小學", None, 1, "2022-01-10", None, None),
        ("第六小学", None, 1, "1999-12-31", None, None),
    )  # fmt: skip
    assert found == [
        ("C2", "row_quantity"), ("A3", "row_empty"), ("D3", "row_date"), ("D9", "row_date"), ("A4", "item_unknown"),
        ("A5", "item_counted_elsewhere"), ("D6", "item_future"), ("C6", "item_quantity"), ("F6", "item_evidence"),
        ("A8", "item_twice"),
    ]  # fmt: skip


def test_a_cell_is_blamed_once(services: Services, cast: Cast) -> None:
    """Of an amount the quantity must be said; one that cannot be read is not missing as well."""
    ground = settle_ground(services, cast, kind="amount")
    share, _ = two_shares(services, ground)
    rows = [
        (name, None, quantity, "2022-01-10", None, None)
        for name, quantity in zip("甲乙", ("x", None), strict=True)
    ]
    expected = [
        ("C2", "row_quantity"),
        ("A2", "item_unknown"),
        ("C3", "item_quantity"),
        ("A3", "item_unknown"),
    ]
    assert faults(services, ground, share, *rows) == expected


def test_a_row_is_called_by_its_number_in_the_sheet(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    with services.transaction() as tx:
        enter_school(tx, "第一小学", "崇明区")
    rows = [
        (None,) * 6,
        ("第二小学", None, None, "2022-01-10", None, None),
        (None,) * 6,
        ("第二小学", None, None, "2022-01-10", None, None),
        ("第一小学", None, None, "2022-01-10", None, None),
    ]
    with refused(services, ImportRefused) as refusal:
        take_in(services, ground, share, book(rows))
    twice, ambiguous = (lack.facts for lack in refusal.value.missing)
    assert (twice["field"], twice["row"], twice["first"], twice["column"]) == (
        "清单!A5",
        5,
        3,
        "机构名称或代码",
    )
    assert (ambiguous["field"], ambiguous["value"]) == ("清单!B6", "第一小学")


def test_two_thousand_rows_come_at_once_and_no_more(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    with services.transaction() as tx:
        for n in range(MOST_ITEMS):
            enter_school(tx, f"{n}号院", code=f"Y{n}")
    rows = [
        (f"{n}号院" if n % 2 else f"y{n}", None, None, "2022-01-10", None, None) for n in range(MOST_ITEMS)
    ]
    take_in(services, ground, share, book(rows))
    assert brought(services, share) == MOST_ITEMS
    again = faults(services, ground, share, *rows)
    assert len(again) == MOST_ITEMS
    assert {code for _, code in again} == {"item_counted"}
    assert faults(services, ground, share, *rows, *GOOD) == [("清单", "items_most")]
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(ListItem)).scalar_one() == MOST_ITEMS


def test_the_same_list_again_is_refused_whole(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    take_in(services, ground, share, book())
    assert faults(services, ground, share, *GOOD) == [("A2", "item_counted"), ("A3", "item_counted")]


def test_odd_files_are_refused_in_words(services: Services, ground: Ground) -> None:
    for data in (b"", b"PK\x03\x04", b"\x00" * 99, "机构名称".encode()):
        with pytest.raises(NotAWorkbook):
            read_items_book(data)
    with pytest.raises(ImportRefused) as refusal:
        read_items_book(book(GOOD, ("单位", *HEADINGS[1:])))
    assert sorted(lack.code for lack in refusal.value.missing) == ["row_columns", "row_unknown_column"]
    share, _ = two_shares(services, ground)
    assert faults(services, ground, share) == [("清单", "row_no_rows")]


def test_what_is_no_fault_of_a_row_stays_a_refusal_of_the_act(services: Services, cast: Cast) -> None:
    ground = settle_ground(services, cast, listed=False, once=None)
    share, _ = two_shares(services, ground)
    with refused(services, NotReady) as refusal:
        take_in(services, ground, share, book())
    assert [lack.code for lack in refusal.value.missing] == ["keeps_list"]


def test_the_only_list_is_meant_where_none_is_named(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    with services.reading() as tx:
        standing = LAWS["share"].load(tx, [share], ground.here.qing, services.clock())[share]
    assert listed_indicator(standing, None) == listed_indicator(standing, ground.cast.indicator) == 2
    with pytest.raises(Malformed) as refusal:
        listed_indicator(standing, 99)
    assert refusal.value.missing[0].facts["known"] == "2 能源审计"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_understood_in_every_language(
    services: Services, ground: Ground, language: str
) -> None:
    share, _ = two_shares(services, ground)
    filled = load_workbook(BytesIO(items_template(language)))
    filled.worksheets[0].append(list(GOOD[0]))
    take_in(services, ground, share, as_bytes(filled))
    assert brought(services, share) == 1
