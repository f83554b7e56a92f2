"""The directory comes by XLSX all or nothing, with every bad cell named, and goes so that it comes back unchanged."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from io import BytesIO
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from models import AuditEvent, Grant, GroupMember, Person, Unit
from models.states import Role
from tests.people import Cast, HandClock, do
from tests.workflow.directory.accounts import add_admin
from tests.workflow.directory.books import GOOD, as_bytes, repacked, workbook
from workflow import audit
from workflow.adapters.directory_sheets import read_workbook, write_workbook
from workflow.adapters.workbooks import NotAWorkbook, WorkbookTooLarge
from workflow.bootstrap import Services
from workflow.directory.intake import Imported, import_directory
from workflow.directory.snapshot import to_rows
from workflow.errors import NotPermitted
from workflow.sheets import ImportRefused
from workflow.words import LANGUAGES

TODAY = date(2022, 1, 14)
FIRST = "xl/worksheets/sheet1.xml"


def take_in(services: Services, data: bytes, who: int | None = None) -> Imported:
    sheets = read_workbook(data)
    with services.transaction() as tx:
        return import_directory(tx, sheets, hashlib.sha256(data).hexdigest(), who, services.clock())


def faults(services: Services, data: bytes) -> list[tuple[str, str]]:
    """(cell, code) of everything refused; and that nothing was written."""
    with services.reading() as tx:
        before = _counted(tx)
    with pytest.raises(ImportRefused) as caught:
        take_in(services, data)
    with services.reading() as tx:
        assert _counted(tx) == before
    return [(lack.facts["field"], lack.code) for lack in caught.value.missing]


def _counted(tx: Any) -> list[int]:
    return [
        tx.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (Unit, Person, Grant, GroupMember, AuditEvent)
    ]


def changed(sheet: str, row: int, column: int, value: Any) -> bytes:
    """The good workbook with one cell exchanged; row and column as the spreadsheet counts."""
    book = workbook()
    book[sheet].cell(row, column).value = value
    return as_bytes(book)


def test_a_directory_comes_whole_into_an_empty_database(services: Services) -> None:
    data = as_bytes(workbook())
    imported = take_in(services, data)
    assert imported.counts == {
        "units": {"added": 5, "changed": 0, "unchanged": 0},
        "groups": {"added": 1, "changed": 0, "unchanged": 0},
        "people": {"added": 2, "changed": 0, "unchanged": 0},
        "grants": {"added": 3, "changed": 0, "unchanged": 0},
    }
    with services.reading() as tx:
        units = {row.code: row for row in tx.execute(select(Unit.__table__))}
        assert units["JGJ-JN"].organ_id == units["JGJ"].id
        assert units["JGJ"].aliases == ["市机关事务管理局", "上海市机关事务管理局"]
        assert (units["QJ"].organ_id, units["QP"].is_district) == (None, True)
        olga = tx.execute(select(Person.__table__).where(Person.login == "olga")).one()
        assert (olga.phone, olga.state, olga.password_hash) == ("2155551234", "invited", None)
        until = select(Grant.to_on).where(Grant.role == Role.SUPERVISOR)
        assert tx.execute(until).scalar_one() == date(2023, 12, 31)


def test_an_import_is_one_event_on_the_office_with_hash_and_counts(services: Services) -> None:
    data = as_bytes(workbook())
    imported = take_in(services, data)
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.__table__)).one()
        office = tx.execute(select(Unit.id).where(Unit.is_office)).scalar_one()
        assert audit.verify(tx) == (1, None)
    assert (event.root_kind, event.root_id, event.action) == ("unit", office, "import")
    assert imported.sha256 == hashlib.sha256(data).hexdigest()
    assert imported.sha256 in event.text
    assert '"people":{"added":2' in event.text
    assert "olga@example.org" not in event.text


def test_the_same_file_again_changes_nothing(services: Services) -> None:
    data = as_bytes(workbook())
    take_in(services, data)
    again = take_in(services, data)
    assert {sheet: (n["added"], n["changed"]) for sheet, n in again.counts.items()} == dict.fromkeys(
        ("units", "groups", "people", "grants"), (0, 0)
    )
    assert again.invited == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_goes_out_comes_back_unchanged_in_every_language(services: Services, language: str) -> None:
    take_in(services, as_bytes(workbook()))
    with services.reading() as tx:
        data = write_workbook(to_rows(tx, TODAY, language), language)
    counts = take_in(services, data).counts
    assert [counts[sheet]["unchanged"] for sheet in ("units", "groups", "people", "grants")] == [5, 1, 2, 3]
    assert sum(count["added"] + count["changed"] for count in counts.values()) == 0


def test_a_correction_is_counted_as_one(services: Services) -> None:
    take_in(services, as_bytes(workbook()))
    counts = take_in(services, changed("人员", 2, 4, "new@example.org")).counts
    assert counts["people"] == {"added": 0, "changed": 1, "unchanged": 1}
    counts = take_in(services, changed("任职", 2, 5, "2022-06-30")).counts
    assert counts["grants"] == {"added": 0, "changed": 1, "unchanged": 2}


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "expected"),
    [
        ("单位", 2, 1, None, [("单位!A2", "row_empty")]),
        ("单位", 3, 5, "部门", [("单位!E3", "row_choice")]),
        ("单位", 3, 6, "NONE", [("单位!F3", "row_unknown")]),
        ("单位", 3, 6, "QJ", [("单位!F3", "row_parent")]),
        ("单位", 4, 6, "JGJ", [("单位!F4", "row_parent")]),
        ("单位", 5, 2, "市机管局", [("单位!B5", "row_name_taken")]),
        ("单位", 5, 1, "JGJ", [("单位!A5", "row_twice")]),
        ("单位", 5, 7, "是", [("单位!G2", "row_office"), ("单位!G5", "row_office")]),
        ("单位", 5, 7, "也许", [("单位!G5", "row_choice")]),
        ("单位组成员", 2, 2, "JGJ-JN", [("单位组成员!B2", "row_member")]),
        ("单位组成员", 2, 1, "JGJ", [("单位组成员!A2", "row_member")]),
        ("人员", 2, 1, "o l g a", [("人员!A2", "row_text")]),
        ("人员", 3, 1, "OLGA", [("人员!A3", "row_twice")]),
        ("人员", 2, 3, "QJ", [("人员!C2", "row_place")]),
        ("人员", 2, 4, "no address", [("人员!D2", "row_text")]),
        ("人员", 2, 6, "fr", [("人员!F2", "row_choice")]),
        ("人员", 2, 2, "名" * 81, [("人员!B2", "row_text")]),
        ("任职", 2, 1, "nobody", [("任职!A2", "row_unknown")]),
        ("任职", 2, 2, "皇帝", [("任职!B2", "row_choice")]),
        ("任职", 2, 2, "督办人", [("任职!C2", "row_place")]),
        ("任职", 2, 3, None, [("任职!C2", "row_place")]),
        ("任职", 2, 3, "QJ", [("任职!C2", "row_place")]),
        ("任职", 2, 4, "明天", [("任职!D2", "row_date")]),
        ("任职", 2, 4, "2022-02-30", [("任职!D2", "row_date")]),
        ("任职", 2, 5, "2022-01-13", [("任职!E2", "row_days")]),
        ("人员", 2, 4, "=A1", [("人员!D2", "row_formula")]),
    ],
)
def test_every_bad_cell_is_named_and_nothing_is_written(
    services: Services, sheet: str, row: int, column: int, value: Any, expected: Sequence[tuple[str, str]]
) -> None:
    found = faults(services, changed(sheet, row, column, value))
    assert set(expected) <= set(found)


def test_all_faults_come_at_once(services: Services) -> None:
    book = workbook()
    book["单位"]["E3"] = "部门"
    book["人员"]["D2"] = "no address"
    book["任职"]["D3"] = "明天"
    assert {"单位!E3", "人员!D2", "任职!D3"} <= {cell for cell, _ in faults(services, as_bytes(book))}


def test_a_fault_is_said_in_the_readers_language(services: Services) -> None:
    from workflow.words import say

    with pytest.raises(ImportRefused) as caught:
        take_in(services, changed("人员", 2, 4, "no address"))
    lack = caught.value.missing[0]
    assert say("need.row_text", "zh-Hans", **lack.facts) == (
        "工作表“人员”第 2 行“电子邮箱”列：“no address”格式不正确或过长。"
    )
    assert "row 2" in say("need.row_text", "en", **lack.facts)


def test_the_same_role_twice_at_once_is_named(services: Services) -> None:
    rows = {**GOOD, "任职": [*GOOD["任职"], ("olga", "经办人", "JGJ-JN", "2022-03-01", None)]}
    assert ("任职!D5", "row_overlap") in faults(services, as_bytes(workbook(rows)))


def test_units_in_a_circle_are_named(services: Services) -> None:
    book = workbook()
    book["单位"]["F4"], book["单位"]["F5"] = "QP", "JGJ"
    assert {("单位!F4", "row_parent"), ("单位!F5", "row_parent")} <= set(faults(services, as_bytes(book)))


def test_merged_cells_are_named(services: Services) -> None:
    book = workbook()
    book["人员"].merge_cells("C2:C3")
    assert {("人员!C2", "row_merged"), ("人员!C3", "row_merged")} <= set(faults(services, as_bytes(book)))


def test_what_an_import_cannot_change_is_named(services: Services) -> None:
    take_in(services, as_bytes(workbook()))
    assert ("单位!E5", "row_fixed") in faults(services, changed("单位", 5, 5, "单位组"))
    assert ("单位!F3", "row_fixed") in faults(services, changed("单位", 3, 6, "QP"))


def test_a_departed_person_does_not_come_back_by_sheet(services: Services, clock: HandClock) -> None:
    take_in(services, as_bytes(workbook()))
    admin = add_admin(services)
    with services.reading() as tx:
        olga = tx.execute(select(Person.id).where(Person.login == "olga")).scalar_one()
    clock.go_to(2022, 2, 1)
    do(services, "person", olga, "depart", admin, reason="退休")
    found = faults(services, as_bytes(workbook()))
    assert ("人员!A2", "row_departed") in found
    assert ("任职!A2", "row_departed") in found


def test_a_sheet_alone_is_enough_where_the_rest_is_there(services: Services, cast: Cast) -> None:
    rows = {"任职": [("petra", "单位审核人", "JW", "2022-01-14", None)]}
    assert take_in(services, as_bytes(workbook(rows))).counts["grants"]["added"] == 1


def test_only_admins_of_the_plan_import(services: Services, cast: Cast) -> None:
    unit_admin = add_admin(services, "ulla", cast.lead)
    for who in (cast.olga, cast.amira, cast.petra, unit_admin):
        with pytest.raises(NotPermitted):
            take_in(services, as_bytes(workbook()), who)


@pytest.mark.parametrize("data", [b"", b"garbage", b"PK\x03\x04 cut off", as_bytes(workbook())[:2000]])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(NotAWorkbook):
        read_workbook(data)


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(NotAWorkbook):
        read_workbook(out.getvalue())


def test_a_zip_bomb_is_not_unpacked() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FIRST, b" " * (9 * 2**20))
    assert len(out.getvalue()) < 20_000
    with pytest.raises(WorkbookTooLarge):
        read_workbook(out.getvalue())


def test_entities_and_endless_merges_are_not_parsed() -> None:
    data = as_bytes(workbook())
    laughs = repacked(data, FIRST, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "ha">]><worksheet')
    with pytest.raises(NotAWorkbook):
        read_workbook(laughs)
    merge = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    with pytest.raises(WorkbookTooLarge):
        read_workbook(repacked(data, FIRST, b"</worksheet>", merge))


def test_a_cell_at_the_far_end_is_too_large() -> None:
    book = workbook()
    book["单位"]["A1048576"] = "x"
    with pytest.raises(WorkbookTooLarge):
        read_workbook(as_bytes(book))


def test_missing_sheets_and_columns_are_named() -> None:
    empty = workbook({})
    empty.create_sheet("其他")
    with pytest.raises(ImportRefused) as caught:
        read_workbook(as_bytes(empty))
    assert [lack.code for lack in caught.value.missing] == ["row_sheets"]
    book = workbook()
    book["任职"].delete_cols(2)
    book["人员"]["B1"] = "什么"
    with pytest.raises(ImportRefused) as caught:
        read_workbook(as_bytes(book))
    assert sorted(lack.code for lack in caught.value.missing) == [
        "row_columns",
        "row_columns",
        "row_unknown_column",
    ]


def test_the_template_is_an_empty_directory() -> None:
    for language in LANGUAGES:
        sheets = read_workbook(write_workbook({}, language))
        assert [(sheet.key, sheet.lines) for sheet in sheets] == [
            ("units", ()), ("groups", ()), ("people", ()), ("grants", ()),
        ]  # fmt: skip


def test_a_name_that_looks_like_a_formula_stays_text() -> None:
    data = write_workbook({"people": [("x1", '=HYPERLINK("http://evil")', None, None, None, "en")]}, "en")
    cell = load_workbook(BytesIO(data))["People"]["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://evil")')
    assert read_workbook(data)[2].lines[0].cells["person"].fault is None


@pytest.mark.parametrize("seed", range(40))
def test_a_workbook_that_was_damaged_on_its_way_is_refused_or_read(seed: int) -> None:
    """A few bytes are others: the archive may still open, and break only where a part is unpacked or parsed."""
    dice, data = Random(seed), bytearray(as_bytes(workbook(GOOD)))
    for _ in range(dice.randrange(1, 30)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    with suppress(ImportRefused):
        read_workbook(bytes(data))


@pytest.mark.parametrize("reference", [b"ZZZZ99999999", b"A99999999999999999999"])
def test_a_cell_beyond_every_sheet_is_refused(reference: bytes) -> None:
    data = repacked(as_bytes(workbook(GOOD)), FIRST, b'r="A1"', b'r="' + reference + b'"')
    with pytest.raises(ImportRefused):
        read_workbook(data)
