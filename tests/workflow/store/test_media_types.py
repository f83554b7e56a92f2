"""The type of a file is what its bytes are, whatever it is called."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflow.store import samples
from workflow.adapters.media_types import judge
from workflow.evidence_files import (
    ALLOWED,
    OOXML,
    Damaged,
    RefusedType,
    WrongType,
    admit_type,
)

OOXML_MAIN = f"{OOXML}wordprocessingml.document.main+xml"


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (samples.PDF, "总结.pdf", "application/pdf"),
        (samples.PNG, "a.PNG", "image/png"),
        (samples.JPEG, "a.jpeg", "image/jpeg"),
        (samples.TIFF, "a.tif", "image/tiff"),
        (samples.HEIC, "a.heic", "image/heic"),
        (samples.xlsx(), "a.xlsx", OOXML + "spreadsheetml.sheet"),
        (samples.office(OOXML_MAIN), "a.docx", OOXML + "wordprocessingml.document"),
        (
            samples.office(f"{OOXML}presentationml.presentation.main+xml"),
            "a.pptx",
            OOXML + "presentationml.presentation",
        ),
        (samples.pack({"OFD.xml": b"<x/>"}), "公文.ofd", "application/ofd"),
        (samples.pack({"photos/1.jpg": samples.JPEG}), "a.zip", "application/zip"),
        (samples.compound("CompObj", "WordDocument"), "a.doc", "application/msword"),
        (samples.compound("WordDocument"), "a.wps", "application/msword"),
        (samples.compound("A", "B", "C", "D", "E", "F", "Workbook"), "a.xls", "application/vnd.ms-excel"),
        (samples.compound("PowerPoint Document"), "a.dps", "application/vnd.ms-powerpoint"),
        (samples.CHINESE.encode(), "a.txt", "text/plain"),
        (samples.CHINESE.encode(), "a.csv", "text/csv"),
        (samples.CHINESE.encode("gb18030"), "a.csv", "text/csv"),
        (samples.CHINESE.encode("utf-8-sig"), "a.csv", "text/csv"),
        (samples.CHINESE.encode("utf-16"), "a.txt", "text/plain"),
        (samples.PDF, "没有后缀的文件", "application/pdf"),
        (samples.PDF, "截至12.30", "application/pdf"),
    ],
)
def test_each_kind_that_is_taken_is_known_by_its_bytes(content: bytes, name: str, media_type: str) -> None:
    assert admit_type(judge(io.BytesIO(content)), name) == media_type
    assert media_type in ALLOWED


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (samples.ELF, "application/x-executable"),
        (samples.EXE, "application/x-msdownload"),
        (b"#!/bin/sh\nrm -rf /\n", "text/x-script"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        (b"<!-- note --><script>alert(1)</script>", "text/html"),
        ("<html>".encode("utf-16"), "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<svg/>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<a/>", "text/xml"),
        (samples.office("application/vnd.ms-word.document.macroEnabled.main+xml"), "macroEnabled"),
        (samples.office("application/vnd.ms-package.xps-fixeddocument+xml"), "application/x-opc-package"),
        (samples.compound("!_StringData"), "application/x-ole-storage"),
        (b"\0" * 100, "application/octet-stream"),
        (b"only nearly text \0", "application/octet-stream"),
        (b"abc" * 70_000 + b"\xff\xff\xff", "application/octet-stream"),
    ],
)
def test_what_could_run_or_cannot_be_told_is_refused_by_name(content: bytes, found: str) -> None:
    kind = judge(io.BytesIO(content))
    with pytest.raises(RefusedType) as refused:
        admit_type(kind, "report")
    assert found in refused.value.facts["found"]
    assert "pdf" in refused.value.facts["allowed"]


def test_a_png_called_pdf_is_refused_naming_both() -> None:
    with pytest.raises(WrongType) as refused:
        admit_type(judge(io.BytesIO(samples.PNG)), "总结.pdf")
    assert refused.value.facts == {"claimed": "PDF", "found": "PNG"}
    assert refused.value.code == "wrong_type"


@pytest.mark.parametrize("name", ["run.bat", "a.html", "a.svg", "x.pdf.exe", "x.exe. ", "x.js\u202e"])
def test_a_name_that_claims_another_kind_of_use_is_refused_even_for_plain_text(name: str) -> None:
    with pytest.raises(RefusedType) as refused:
        admit_type("text/plain", name)
    assert refused.value.facts["found"].startswith(".")


def test_a_kind_that_an_office_does_not_allow_is_refused() -> None:
    with pytest.raises(RefusedType) as refused:
        admit_type("image/png", "a.png", allowed={"application/pdf"})
    assert refused.value.facts == {"found": "PNG", "allowed": "pdf"}
    with pytest.raises(RefusedType):
        admit_type("text/plain", "a.csv", allowed={"text/plain"})


def test_a_csv_can_be_allowed_without_other_texts() -> None:
    assert admit_type("text/plain", "a.csv", allowed={"text/csv"}) == "text/csv"


def test_a_document_that_embeds_a_spreadsheet_is_still_a_document() -> None:
    content = samples.compound("ObjectPool", "WordDocument", deeper=("Workbook",))
    assert judge(io.BytesIO(content)) == "application/msword"
    content = samples.compound("MBD0001", "Workbook", deeper=("WordDocument",))
    assert judge(io.BytesIO(content)) == "application/vnd.ms-excel"


def test_a_compound_file_that_chases_its_own_tail_ends() -> None:
    content = bytearray(samples.compound("A"))
    struct.pack_into("<I", content, 512 + 2 * 4, 2)  # the directory's only sector is followed by itself
    assert judge(io.BytesIO(bytes(content))) == "application/x-ole-storage"


@pytest.mark.parametrize("cut", [1, 10, 30, 100])
def test_a_package_cut_off_is_damaged_not_something_else(cut: int) -> None:
    with pytest.raises(Damaged):
        judge(io.BytesIO(samples.xlsx()[:-cut]))


@pytest.mark.parametrize("most_plain_entries", [65_535, 10], ids=["zip", "zip64"])
def test_a_zip_with_a_monstrous_table_of_contents_is_not_loaded(
    monkeypatch: pytest.MonkeyPatch, most_plain_entries: int
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", most_plain_entries)
    content = samples.pack({f"{number:0200}": b"" for number in range(5_000)})
    assert (b"PK\x06\x07" in content) is (most_plain_entries == 10)
    with pytest.raises(Damaged):
        judge(io.BytesIO(content))


def test_a_zip64_of_ordinary_size_is_a_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    assert judge(io.BytesIO(samples.pack({str(number): b"" for number in range(20)}))) == "application/zip"


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"II*\0"]),
)
def test_no_bytes_break_the_judge(content: bytes, start: bytes) -> None:
    try:
        assert "/" in judge(io.BytesIO(start + content))
    except Damaged:
        assert start == b"PK\x03\x04" or content.startswith(b"PK")


@given(st.integers(0, 3000), st.integers(0, 255))
def test_no_changed_byte_of_an_office_file_breaks_the_judge(at: int, value: int) -> None:
    for whole in (samples.office(OOXML_MAIN), samples.compound("A", "B", "C", "D", "WordDocument")):
        content = bytearray(whole)
        content[at % len(content)] = value
        try:
            assert "/" in judge(io.BytesIO(bytes(content)))
        except Damaged:
            assert whole.startswith(b"PK")
