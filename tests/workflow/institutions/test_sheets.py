"""The register comes by XLSX all or nothing, with every bad cell named; the same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from models import AuditEvent, Institution
from tests.people import Cast
from tests.workflow.directory.books import as_bytes
from tests.workflow.lifecycles.witness import refused
from workflow import audit
from workflow.adapters.editions import to_simplified
from workflow.adapters.institution_sheets import institutions_template, read_institutions_book
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady
from workflow.institutions import register
from workflow.institutions.intake import Imported, import_institutions
from workflow.institutions.register import InstitutionEnd
from workflow.sheets import ImportRefused
from workflow.words import LANGUAGES

HEADINGS = (
    "统一社会信用代码",
    "机构名称",
    "所在区",
    "单位性质",
    "责任单位",
    "建筑面积（平方米）",
    "用能人数",
)
GOOD = (
    ("12310118A", "青浦区第一小学", "青浦区", "学校", "市教委", 12500.5, 860),
    (None, "青浦區中山醫院", "青浦區", "医院", "市教委", "1,234.5", "１２３"),
    ("LB-3", "市图书馆", None, None, "JW", None, None),
)


def book(rows: Sequence[Sequence[Any]] = GOOD, headings: Sequence[str] = HEADINGS) -> bytes:
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    ws = made.create_sheet("公共机构")
    for line in (headings, *rows):
        ws.append(list(line))
    return as_bytes(made)


def changed(row: int, column: int, value: Any) -> bytes:
    """The good workbook with one cell exchanged; row and column as the spreadsheet counts."""
    rows = [list(line) for line in GOOD]
    rows[row - 2][column - 1] = value
    return book(rows)


def take_in(services: Services, data: bytes, who: int | None) -> Imported:
    sheet, sha256 = read_institutions_book(data), hashlib.sha256(data).hexdigest()
    with services.transaction() as tx:
        return import_institutions(tx, sheet, sha256, who, services.clock(), to_simplified)


def faults(services: Services, data: bytes, who: int) -> list[tuple[str, str]]:
    with refused(services, ImportRefused) as refusal:
        take_in(services, data, who)
    return [(lack.facts["field"].split("!")[-1], lack.code) for lack in refusal.value.missing]


def rows(services: Services) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(Institution.__table__).order_by(Institution.id)))


def test_the_register_comes_whole(services: Services, cast: Cast) -> None:
    assert take_in(services, book(), cast.amira).counts == {"added": 3, "changed": 0, "unchanged": 0}
    school, hospital, library = rows(services)
    assert (school.floor_area, school.users, school.unit_id) == (Decimal("12500.5"), 860, cast.joint)
    assert (hospital.name, hospital.folded_name, hospital.district) == (
        "青浦區中山醫院",
        "青浦区中山医院",
        "青浦区",
    )
    assert (hospital.floor_area, hospital.users) == (Decimal("1234.5"), 123)
    assert (library.code, library.district, library.unit_id) == ("LB-3", "", cast.joint)


def test_an_import_is_one_event_on_the_office(services: Services, cast: Cast) -> None:
    data = book()
    take_in(services, data, cast.amira)
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.__table__)).one()
        assert audit.verify(tx) == (1, None)
    assert (event.root_kind, event.root_id, event.action) == ("unit", cast.office, "import_institutions")
    assert hashlib.sha256(data).hexdigest() in event.text
    assert '"added":3' in event.text


def test_the_same_file_again_changes_nothing(services: Services, cast: Cast) -> None:
    take_in(services, book(), cast.amira)
    before = rows(services)
    assert take_in(services, book(), cast.amira).counts == {"added": 0, "changed": 0, "unchanged": 3}
    assert rows(services) == before


def test_a_row_corrects_by_code_or_by_name_and_an_empty_cell_leaves_what_is_there(
    services: Services, cast: Cast
) -> None:
    take_in(services, book(), cast.amira)
    again = (
        ("12310118A", "青浦区第一中心小学", "青浦区", None, None, None, None),
        ("LB-2", "青浦区中山医院", "青浦区", None, None, 2000, None),
    )
    assert take_in(services, book(again), cast.amira).counts == {"added": 0, "changed": 2, "unchanged": 0}
    school, hospital, _ = rows(services)
    assert (school.name, school.sort, school.users, school.version) == ("青浦区第一中心小学", "学校", 860, 2)
    assert (hospital.code, hospital.floor_area, hospital.users) == ("LB-2", Decimal(2000), 123)


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        (2, 2, None, [("B2", "row_empty")]),
        (2, 2, "　", [("B2", "row_empty")]),
        (2, 1, "甲", [("A2", "row_text")]),
        (2, 5, "市教育局", [("E2", "row_unknown")]),
        (2, 6, -1, [("F2", "row_quantity")]),
        (2, 6, "=1+1", [("F2", "row_formula")]),
        (2, 7, 8.5, [("G2", "row_number")]),
        (3, 2, "青浦区第一小學", [("B3", "row_twice")]),
        (4, 1, "12310118a", [("A4", "row_twice")]),
    ],
)
def test_each_bad_cell_is_named_and_nothing_taken_in(
    services: Services, cast: Cast, row: int, column: int, value: Any, expected: list[tuple[str, str]]
) -> None:
    assert faults(services, changed(row, column, value), cast.amira) == expected


def test_all_bad_cells_are_named_at_once(services: Services, cast: Cast) -> None:
    bad = (("甲", None, "青浦区", None, "无", "x", "y"), GOOD[0], GOOD[0])
    found = faults(services, book(bad), cast.amira)
    assert found == [
        ("B2", "row_empty"), ("F2", "row_quantity"), ("G2", "row_number"), ("A2", "row_text"), ("B4", "row_twice"),
        ("A4", "row_twice"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("12310118A", "市图书馆"), [("B2", "row_institution_taken")]),
        (("NEW", "市图书馆"), [("A2", "row_institution_taken")]),
        (("OLD", "旧所"), [("B2", "row_institution_ended")]),
    ],
)
def test_a_row_that_does_not_fit_the_register_is_refused(
    services: Services, cast: Cast, line: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    take_in(services, book((*GOOD, ("OLD", "旧所", None, None, None, None, None))), cast.amira)
    with services.transaction() as tx:
        ending = InstitutionEnd(ended_on=date(2022, 7, 1))
        register.end(tx, rows(services)[-1].id, ending, cast.amira, services.clock(), reason="撤并。")
    assert faults(services, book([(*line, None, None, None, None, None)]), cast.amira) == expected


def test_two_rows_that_mean_the_same_entry_are_refused(services: Services, cast: Cast) -> None:
    take_in(services, book(), cast.amira)
    renamed = ("LB-3", "市图书馆新馆", None, None, None, None, None)
    by_name = (None, "市图书馆", None, None, None, None, None)
    assert faults(services, book([renamed, by_name]), cast.amira) == [("B3", "row_twice")]


def test_an_owner_brings_those_of_their_own_organ_only(services: Services, cast: Cast) -> None:
    own = ("W-1", "水务一所", None, None, "市水务局", None, None)
    assert take_in(services, book([own]), cast.petra).counts["added"] == 1
    take_in(services, book(), cast.amira)
    theirs = [
        ("W-2", "水务二所", None, None, None, None, None),
        ("W-3", "水务三所", None, None, "市教委", None, None),
        ("12310118A", "青浦区第一小学", "青浦区", None, "市水务局", None, None),
    ]
    found = faults(services, book(theirs), cast.petra)
    assert found == [("E2", "row_not_yours"), ("E3", "row_not_yours"), ("E4", "row_not_yours")]


@pytest.mark.parametrize("who", ["rashid", "karl", "ines", "lena"])
def test_who_owns_nothing_imports_nothing(services: Services, cast: Cast, who: str) -> None:
    with refused(services, NotPermitted):
        take_in(services, book(), getattr(cast, who))


def test_without_an_office_there_is_no_chain_to_write_it_in(services: Services) -> None:
    with refused(services, NotReady):
        take_in(services, book([("A", "某所", None, None, None, None, None)]), None)


def test_an_empty_sheet_is_told_so(services: Services, cast: Cast) -> None:
    assert faults(services, book([]), cast.amira) == [("公共机构", "row_no_rows")]


def test_columns_may_be_left_out_but_not_the_name(services: Services, cast: Cast) -> None:
    assert take_in(services, book([("某所",)], ("机构名称",)), cast.amira).counts["added"] == 1
    with pytest.raises(ImportRefused) as refusal:
        read_institutions_book(book([("A",)], ("统一社会信用代码",)))
    assert [lack.code for lack in refusal.value.missing] == ["row_columns"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_understood_in_every_language(services: Services, cast: Cast, language: str) -> None:
    filled = load_workbook(BytesIO(institutions_template(language)))
    filled.worksheets[0].append(list(GOOD[0]))
    assert take_in(services, as_bytes(filled), cast.amira).counts["added"] == 1


def test_four_thousand_rows_come_at_once(services: Services, cast: Cast) -> None:
    many = [(f"C{n}", f"第{n}小学", "青浦区", "学校", "市教委", n, n) for n in range(4000)]
    assert take_in(services, book(many), cast.amira).counts["added"] == 4000
    assert take_in(services, book(many), cast.amira).counts["unchanged"] == 4000
