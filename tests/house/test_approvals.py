"""docs/approvals.md names every mode and move, and each with a test that is there."""

from __future__ import annotations

import ast
import re

from models.states import AtLimit, Relation, StepMode
from tests.house.sources import ROOT, text_of, tree_of
from workflow.approvals.definitions import Of, OwnSubmission, Resume, SamePerson, WhenEmpty
from workflow.lifecycles.approval import APPROVAL

DOCUMENT = "docs/approvals.md"
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
ROW = re.compile(r"^\| (.+) \|$", re.M)


def rows() -> list[str]:
    """Rows of the tables that name a test."""
    return [row for row in ROW.findall(text_of(DOCUMENT)) if PROOF.search(row)]


def unnamed(words: list[str], text: str) -> list[str]:
    """Words that stand nowhere as code: alone, or after `: ` or `, ` within it."""
    spans = re.findall(r"`([^`]+)`", text)
    return [
        word for word in words if not any(re.search(rf"(^|[ :,])\s*{word}($|[,:])", span) for span in spans)
    ]


def missing(path: str, name: str) -> bool:
    """Whether a file or the test in it is not there."""
    if not (ROOT / path).is_file():
        return True
    return name not in {node.name for node in tree_of(path).body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_the_document_names_is_there() -> None:
    proofs = PROOF.findall(text_of(DOCUMENT))
    assert len(proofs) > 40
    assert [proof for proof in proofs if missing(*proof)] == []


def test_every_move_of_the_law_is_in_a_row_with_its_test() -> None:
    assert unnamed([*APPROVAL.actions, "withdraw"], "\n".join(rows())) == []


def test_every_mode_and_setting_of_a_definition_is_in_a_row_with_its_test() -> None:
    settings = (StepMode, Relation, AtLimit, Resume, WhenEmpty, OwnSubmission, SamePerson, Of)
    words = [str(value) for setting in settings for value in setting]
    assert unnamed(words, "\n".join(rows())) == []


def test_what_is_not_there_is_noticed() -> None:
    assert missing("tests/house/test_approvals.py", "test_that_nobody_wrote")
    assert missing("tests/nowhere.py", "test_x")
    assert unnamed(["approve", "postpone"], "| `approve` | `tests/a.py::test_b` |") == ["postpone"]
