"""What a user typed: shown as typed or refused by name, never a blank, never a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tests.documents.measures import pages_of, text_of
from tests.documents.samples import notice
from workflow.adapters.fonts import Faces, find_faces
from workflow.adapters.paper import Press
from workflow.adapters.typesetter import FontFetcher, ForbiddenResource, Typesetter
from workflow.papers.characters import UnprintableCharacter
from workflow.papers.notice import IndicatorRow

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src="file:///etc/passwd">',
    "</title><link rel=attachment href=file:///etc/hostname>",
    "{{ config }} {% include '/etc/passwd' %}",
    "url(file:///etc/passwd) @import 'x'; }",
    '"><style>*{color:red}</style>',
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_markup_in_facts_is_only_text(press: Press, typed: str) -> None:
    pdf = press.print_notice(notice(demands=(typed,), milestone=typed, title=typed, contact_person=typed))
    assert text_of(pdf).count(typed.replace(" ", "")) >= 3
    assert b"root:x" not in pdf


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "https://example.org/x.css", "duban:font/../../../etc/passwd", "data:text/css,a"],
)
def test_a_template_that_asks_for_more_than_fonts_is_stopped(shipped: Faces, address: str) -> None:
    typesetter = Typesetter(shipped.files, "")
    with pytest.raises(ForbiddenResource) as refusal:
        typesetter.set(f'<html lang="zh"><title>x</title><img alt="" src="{address}">', b"{}")
    assert refusal.value.facts["address"] == address


def test_the_fetcher_hands_out_fonts_by_name(shipped: Faces) -> None:
    assert FontFetcher(shipped.files).fetch("duban:font/fandol-hei").read()[:4] == b"OTTO"


@pytest.mark.parametrize(
    ("changes", "field", "character"),
    [
        ({"contact_person": "王㛃"}, "content.contact_person", "㛃"),
        ({"demands": ("一", "二\x07")}, "content.demands[1]", "\x07"),
        ({"addressee": "局\u202e"}, "content.addressee", "\u202e"),
        (
            {"indicators": (IndicatorRow(metric="𬭎", reached="1", target="1", unit="家"),)},
            "content.indicators[0].metric",
            "𬭎",
        ),
        ({"rule": "两\n行"}, "content.rule", "\n"),
    ],
)
def test_a_character_without_a_font_is_refused_by_field(
    press: Press, changes: dict[str, Any], field: str, character: str
) -> None:
    with pytest.raises(UnprintableCharacter) as refusal:
        press.print_notice(notice(**changes))
    assert (refusal.value.facts["field"], refusal.value.facts["character"]) == (field, character)


def test_squares_and_subscripts_are_drawn_as_small_digits(press: Press) -> None:
    text = text_of(press.print_notice(notice(demands=("减少CO₂排放，改造300㎡，另5 m²。",))))
    digits = sorted({letter["size"] for p in pages_of(press.print_notice(notice())) for letter in p.letters})
    assert "CO2排放，改造300m2，另5m2" in text
    assert min(digits) < 9


def test_a_traditional_paper_without_its_fonts_is_refused_by_name(press: Press) -> None:
    with pytest.raises(UnprintableCharacter) as refusal:
        press.print_notice(notice(language="zh-Hant", addressee="臺北並內別啟強減溫產綠虛"))
    assert refusal.value.facts["field"] == "content.addressee"


def test_an_office_font_comes_first_and_fills_what_fandol_lacks(tmp_path: Path) -> None:
    draw_face(tmp_path / "office.ttf", "仿宋_GB2312", "㛃关事务")
    press = Press(faces=find_faces(tmp_path, system=()))
    assert list(press.faces.own) == ["fang"]
    pages = pages_of(press.print_notice(notice(addressee="关㛃局", demands=("关事务",))))
    fonts = {letter["text"]: letter["fontname"] for letter in pages[0].letters if letter["size"] < 17}
    assert fonts["关"].endswith("own-fang")
    assert fonts["㛃"].endswith("own-fang")
    assert fonts["局"].endswith("fandol-fang")


def draw_face(path: Path, family: str, characters: str) -> None:
    """A small font in which every character is a box."""
    names = [".notdef", *(f"uni{ord(char):04X}" for char in characters)]
    pen = TTGlyphPen(None)
    pen.moveTo((90, 0))
    for corner in ((90, 800), (910, 800), (910, 0)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): name for char, name in zip(characters, names[1:], strict=True)})
    builder.setupGlyf(dict.fromkeys(names, box))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 90)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    builder.save(path)
