"""`duban plan define`: a file of cards is entered whole, or what is off is named as the file names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sqlalchemy import select
from typer.testing import CliRunner, Result

from duban.command import app
from duban.indicators import FOLDER
from models import Plan
from tests.workflow.definitions.samples import AUDITS, SCHOOLS
from workflow.bootstrap import Services
from workflow.errors import DubanError, Malformed, NotFound, NotReady

HERS = {"task": 4, "year": 2022, "metric": "能源审计", "card": AUDITS}


@pytest.fixture
def environment(services: Services, plan: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database", "store", "mail"):
        monkeypatch.setenv(f"DUBAN_{name.upper()}", str(getattr(services.settings, name)))


def define(file: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["plan", "define", str(file), "--as", "amira", *more])


def refusal(done: Result) -> DubanError:
    assert isinstance(done.exception, DubanError), done.output
    return done.exception


def a_file(folder: Path, *entries: object, **head: object) -> Path:
    file = folder / "cards.yaml"
    file.write_text(
        yaml.safe_dump({"plan": "shanghai-2022", "definitions": list(entries), **head}, allow_unicode=True)
    )
    return file


@pytest.mark.usefixtures("environment")
def test_the_shipped_cards_are_entered(services: Services, plan: int) -> None:
    done = define(FOLDER / "definition_cards.yaml")
    assert (done.exit_code, done.output) == (0, "shanghai-2022: 78 definition cards entered\n")
    with services.reading() as tx:
        kept = tx.execute(select(Plan.definitions).where(Plan.id == plan)).scalar_one()
    assert len(kept or ()) == 78


@pytest.mark.usefixtures("environment")
def test_a_fault_is_named_by_task_year_metric_and_field(tmp_path: Path) -> None:
    off = define(a_file(tmp_path, HERS, HERS | {"year": 2023, "card": {**SCHOOLS, "denominator": None}}))
    assert isinstance(refusal(off), Malformed)
    assert [lack.facts["field"] for lack in refusal(off).missing] == ["4 2023 能源审计: card.denominator"]
    unknown = define(a_file(tmp_path, HERS, {**HERS, "year": None}))
    assert isinstance(refusal(unknown), NotReady)
    assert [lack.facts["field"] for lack in refusal(unknown).missing] == ["4 能源审计"]


@pytest.mark.usefixtures("environment")
def test_an_entry_that_is_no_card_at_all_is_named_by_what_it_is(tmp_path: Path) -> None:
    off = define(a_file(tmp_path, "能源审计"))
    assert [lack.facts["field"] for lack in refusal(off).missing] == ["能源审计"]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("text", ["- 1", "definitions: 3", "plan: x", "a: [", "", "definitions:\n"])
def test_what_is_no_file_of_cards_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cards.yaml"
    file.write_text(text)
    found = refusal(define(file))
    assert isinstance(found, Malformed)
    assert [(lack.code, lack.facts["field"]) for lack in found.missing] == [
        ("definitions_file", "cards.yaml")
    ]


@pytest.mark.usefixtures("environment")
def test_the_plan_is_the_files_unless_another_is_named(tmp_path: Path) -> None:
    assert isinstance(refusal(define(a_file(tmp_path, HERS), "--code", "beijing-2022")), NotFound)
    assert isinstance(refusal(define(a_file(tmp_path, HERS, plan=None))), NotFound)
    assert define(a_file(tmp_path, HERS, plan=None), "--code", "shanghai-2022").exit_code == 0
