"""Facts that survive: JSON and back, the digest, the same bytes everywhere, the attachment, PDF/A."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.documents.measures import attached, pages_of, streams, text_of
from tests.documents.samples import ISSUE, notice
from workflow.adapters.paper import Press
from workflow.errors import Malformed
from workflow.papers.notice import NoticeFacts, canonical, content_digest, digest
from workflow.papers.wording import content_of_code

ROOT = Path(__file__).parent.parent.parent
PRINT_AND_HASH = """
import hashlib
from tests.documents.samples import notice
from workflow.adapters.fonts import find_faces
from workflow.adapters.paper import Press
print(hashlib.sha256(Press(faces=find_faces(system=())).print_notice(notice())).hexdigest())
"""


@pytest.mark.parametrize("facts", [notice(), notice(issue=None)], ids=["issued", "draft"])
def test_a_notice_survives_json(facts: NoticeFacts) -> None:
    assert NoticeFacts.from_record(json.loads(json.dumps(facts.to_record()))) == facts


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("content", "kind", "blue_card"),
        ("content", "due_on", "yesterday"),
        ("content", "language", "en"),
        ("content", "colour", "red"),
        ("issue", "issued_on", None),
        ("issue", "shelf", 3),
    ],
)
def test_a_record_that_is_not_a_notice_is_refused_by_field(part: str, field: str, value: object) -> None:
    record = notice().to_record()
    record[part][field] = value
    with pytest.raises(Malformed) as refusal:
        NoticeFacts.from_record(record)
    assert [missing.facts["field"] for missing in refusal.value.missing] == [f"{part}.{field}"]


def test_the_digest_is_over_the_canonical_spelling() -> None:
    facts = notice()
    assert digest(facts) == hashlib.sha256(canonical(facts)).hexdigest()
    assert list(json.loads(canonical(facts))["content"]) == sorted(facts.to_record()["content"])


def test_sign_off_binds_the_content_and_not_the_number() -> None:
    assert content_digest(notice().content) == content_digest(notice(issue=None).content)
    assert content_digest(notice(days_late=18).content) != content_digest(notice().content)


def test_the_paper_shows_the_first_16_of_its_digest(press: Press) -> None:
    assert f"事实摘要{digest(notice())[:16]}" in text_of(press.print_notice(notice()))


def test_the_facts_lie_inside_the_file(press: Press) -> None:
    assert attached(press.print_notice(notice())) == canonical(notice())


def test_the_same_facts_give_the_same_bytes_in_any_process(press: Press) -> None:
    here = hashlib.sha256(press.print_notice(notice())).hexdigest()
    assert here == hashlib.sha256(press.print_notice(notice())).hexdigest()
    for seed in ("1", "4711"):
        there = subprocess.run(
            [sys.executable, "-c", PRINT_AND_HASH],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Shanghai"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here


def test_the_file_says_that_it_is_pdf_a_3b_tagged_titled_and_chinese(press: Press) -> None:
    inside = streams(press.print_notice(notice()))
    assert "<pdfaid:part>3" in inside.replace(" ", "") or 'pdfaid:part="3"' in inside
    assert "/StructTreeRoot" in inside
    assert "/Lang" in inside
    assert "zh-Hans" in inside
    assert notice().content.title in inside
    assert "/AFRelationship /Data" in inside


def test_importing_the_press_does_not_load_the_typesetter() -> None:
    code = "import sys, workflow.adapters.paper; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_without_a_public_address_the_paper_says_how_to_check(press: Press) -> None:
    facts = notice(issue=replace(ISSUE, public_address=None))
    text = text_of(press.print_notice(facts))
    assert "二维码载有文号、日期和事实摘要" in text
    assert "duban.example" not in text
    assert len(pages_of(press.print_notice(facts))) == 2


def test_the_code_holds_the_public_page_or_else_what_to_compare() -> None:
    assert content_of_code(notice(), ISSUE) == "https://duban.example.gov.cn/verify/7K3M-Q2XA-9T4R"
    silent = replace(ISSUE, public_address=None)
    facts = notice(issue=silent)
    assert content_of_code(facts, silent) == f"沪机管督〔2023〕1号 2023-02-01 {digest(facts)[:16]}"
