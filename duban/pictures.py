"""The repository's pictures: `python -m duban.pictures papers` prints the sample papers, `… board` photographs a board.

Papers are made from sample facts and nothing else. A board is one that is being served (`make demo` serves one while
it plays); Chromium takes its picture at desk and phone width, poppler turns a paper's first page into a picture.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.adapters.fonts import find_faces
from workflow.adapters.paper import Press
from workflow.errors import DubanError
from workflow.notices import TEMPLATE
from workflow.papers.notice import IndicatorRow, Issue, NoticeContent, NoticeFacts, NoticeKind
from workflow.papers.wording import name_title, usual_demands, write_rule

DOCS = Path(__file__).parent.parent / "docs"
RESOLUTION = 110
"""Dots an inch: a paper stays readable and under 300 KB."""
WIDTHS = {"board": (1440, 2200), "board-phone": (390, 1800)}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60
OFFICE = "上海市公共机构节能工作联席会议办公室"
PLAN = "上海市公共机构绿色低碳循环发展行动方案"
ADDRESS = "https://duban.example.org"
Folder = Annotated[Path, typer.Option(help="Where the pictures go.", file_okay=False, exists=True)]
Address = Annotated[str, typer.Argument(help="Where a board is being served.")]

app = typer.Typer(no_args_is_help=True, help=__doc__)


class ProgramMissing(DubanError):
    """A picture needs a program that is not on this machine. Facts: `program`."""

    code = "program_missing"


def red_card() -> NoticeFacts:
    """A red card for what is 17 working days late, with its table of figures."""
    kind = NoticeKind.RED_CARD
    content = _content(
        kind=kind, addressee="上海市青浦区机关事务管理局", programme="新能源利用工程", task_number=17,
        task_name="推广可再生能源热水系统的建设应用", milestone="2022年推广太阳能和空气源热泵热水项目35家",
        due_on=date(2022, 12, 30), counted_on=date(2023, 1, 31), days_late=17, rule=write_rule(kind, 15, "zh-Hans"),
        rule_version="default-1", reply_on=date(2023, 2, 14), copies=("上海市青浦区人民政府办公室",),
        indicators=(IndicatorRow(metric="太阳能和空气源热泵热水项目", reached="24", target="≥35", unit="家"),),
    )  # fmt: skip
    return NoticeFacts(content=content, issue=_issue(1, date(2023, 2, 1), "4C7E1A90B25D"))


def supervision() -> NoticeFacts:
    """A supervision notice for what is still open and near."""
    content = _content(
        kind=NoticeKind.SUPERVISION, addressee="上海市教育委员会", programme="示范创建工程", task_number=23,
        task_name="推进绿色学校建设", milestone="60%以上的大中小学达到绿色学校创建要求", due_on=date(2022, 12, 30),
        counted_on=date(2022, 11, 30), days_late=0, rule="", rule_version="", reply_on=date(2022, 12, 9), copies=(),
        indicators=(IndicatorRow(metric="达到绿色学校创建要求的学校比例", reached="42", target="≥60", unit="%"),),
    )  # fmt: skip
    return NoticeFacts(content=content, issue=_issue(3, date(2022, 12, 1), "9A03F6D8817E"))


def _content(*, kind: NoticeKind, **facts: Any) -> NoticeContent:
    content = NoticeContent(
        kind=kind, issuer=OFFICE, sealed_by="上海市机关事务管理局", plan_title=PLAN, title="",
        demands=usual_demands(kind, "zh-Hans"), contact_person="沈佳宁", contact_phone="021-00000000", **facts,
    )  # fmt: skip
    return replace(content, title=name_title(content))


def _issue(number: int, issued_on: date, code: str) -> Issue:
    """The marks of issue; the seal is that of an invented day."""
    return Issue(
        series="沪机管督", year=issued_on.year, number=number, issued_on=issued_on, code=code, template=TEMPLATE,
        seal=hashlib.sha256(code.encode()).hexdigest(), release=version("duban"), public_address=ADDRESS,
    )  # fmt: skip


SAMPLES = {"notice-red-card": red_card, "notice-supervision": supervision}


@app.command()
def papers(folder: Folder = DOCS / "samples") -> None:
    """Print the sample papers as PDF and as a picture of page 1; `notice.png` is the red card's."""
    press = Press(faces=find_faces(system=()))
    for name, facts in SAMPLES.items():
        paper = folder / f"{name}.pdf"
        paper.write_bytes(press.print_notice(facts()))
        picture = ["-png", "-singlefile", "-r", str(RESOLUTION), str(paper), str(paper.with_suffix(""))]
        _run([_program("pdftoppm"), *picture])
    shutil.copyfile(folder / "notice-red-card.png", folder / "notice.png")


@app.command()
def board(address: Address = "http://127.0.0.1:8000", folder: Folder = DOCS / "pages") -> None:
    """Photograph the board served at ADDRESS, at desk and at phone width."""
    browser = _program(*BROWSERS)
    for name, (width, height) in WIDTHS.items():
        with tempfile.TemporaryDirectory() as profile:
            _run([
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={profile}", f"--screenshot={folder / name}.png", f"--window-size={width},{height}",
                f"{address}/?lang=zh-Hans&refresh=0",
            ])  # fmt: skip


def _program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise ProgramMissing(program=names[0])
    return found


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603 our own arguments


if __name__ == "__main__":
    app()
