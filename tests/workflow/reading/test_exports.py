"""A reading survives being stored, and its sheets hold what was read."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from duban.plan_read import app
from tests.workflow.reading.shipped import DOCUMENT, PLAN, edited, reading
from workflow.adapters.plan_sheets import SHEETS, from_yaml, to_xlsx, to_yaml
from workflow.errors import Malformed
from workflow.reading import read
from workflow.reading.record import from_record, to_record
from workflow.words import LANGUAGES, say


def test_a_record_gives_the_same_reading_back_through_json() -> None:
    assert from_record(json.loads(json.dumps(to_record(reading())))) == reading()


def test_the_shipped_reading_is_what_the_document_says() -> None:
    assert (PLAN / "reading.yaml").read_text(encoding="utf-8") == to_yaml(reading())


def test_yaml_gives_the_same_reading_back() -> None:
    assert from_yaml(to_yaml(reading())) == reading()


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["title"], 7, "reading.title"),
        (["issued_on"], "soon", "reading.issued_on"),
        (["goals", 0, "quantity"], "much", "reading.goals[0].quantity"),
        (["goals", 0, "comparator"], "about", "reading.goals[0].comparator"),
        (["programmes", 0, "tasks", 0, "number"], True, "reading.programmes[0].tasks[0].number"),
        (["programmes"], {}, "reading.programmes"),
        (["extra"], 1, "reading.extra"),
    ],
)
def test_a_damaged_record_names_its_field(path: list[Any], value: Any, field: str) -> None:
    record = to_record(reading())
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(Malformed) as refusal:
        from_record(record)
    assert refusal.value.missing[0].facts["field"] == field


def test_yaml_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(Malformed):
        from_yaml("a: [")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_has_a_sheet_for_each_thing_with_readable_headings(language: str) -> None:
    book = load_workbook(BytesIO(to_xlsx(reading(), language)))
    assert book.sheetnames == [say(f"reading.sheet.{name}", language) for name in SHEETS]
    tasks, milestones, discrepancies, gaps = (list(sheet.values) for sheet in book.worksheets)
    assert len(tasks) == 1 + 36
    assert tasks[0][0] == say("reading.column.number", language)
    assert len(milestones) == 1 + sum(len(m.indicators) for t in reading().tasks for m in t.milestones)
    assert len(discrepancies) == 1 + len(reading().discrepancies)
    assert len(gaps) == 1 + len(reading().gaps)


def test_quantities_in_the_workbook_are_exact_numbers() -> None:
    sheet = load_workbook(BytesIO(to_xlsx(reading()))).worksheets[1]
    column = SHEETS["milestones"].index("quantity")
    solar = [row[column] for row in sheet.values if row[0] == 16]
    assert [Decimal(str(value)) for value in solar] == [Decimal("2.5"), Decimal("2.5")]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    plan = read(edited("進一步推廣\n進一步推廣", "=1+1\n進一步推廣"))
    sheet = load_workbook(BytesIO(to_xlsx(plan))).worksheets[1]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


run = CliRunner()


def test_the_command_prints_the_reading_as_json() -> None:
    result = run.invoke(app, ["read", str(DOCUMENT), "--json"])
    assert result.exit_code == 0
    assert from_record(json.loads(result.stdout)) == reading()


def test_the_command_prints_tables(tmp_path: Path) -> None:
    result = run.invoke(app, ["read", str(DOCUMENT)])
    assert result.exit_code == 0
    assert say("reading.sheet.gaps") in result.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_lists_the_lines_it_cannot_read_and_exits_with_2(tmp_path: Path, language: str) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(edited("\n35家\n35家\n", "\n35家\n"), encoding="utf-8")
    result = run.invoke(app, ["read", str(broken), "--language", language])
    assert result.exit_code == 2
    assert "285" in result.stderr
    assert not result.stdout


def test_every_problem_has_words_in_every_language(tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text("一、\n附表\n", encoding="utf-8")
    for language in LANGUAGES:
        result = run.invoke(app, ["read", str(broken), "--language", language])
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) > 5


def test_the_command_shows_what_another_edition_changes(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(edited("推廣70家", "推廣75家"), encoding="utf-8")
    result = run.invoke(app, ["diff", str(DOCUMENT), str(other), "--language", "en"])
    assert result.exit_code == 0
    assert "17" in result.stdout


def test_the_command_exports_both_formats(tmp_path: Path) -> None:
    for form in ("yaml", "xlsx"):
        out = tmp_path / f"plan.{form}"
        assert run.invoke(app, ["export", str(DOCUMENT), "--to", form, "--out", str(out)]).exit_code == 0
        assert out.stat().st_size > 10_000


def test_an_export_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    out = tmp_path / "no" / "such" / "folder.yaml"
    result = run.invoke(app, ["export", str(DOCUMENT), "--out", str(out)])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
