"""The samples in the repository: printable as they are, and light enough for a README."""

from __future__ import annotations

from duban.pictures import DOCS, SAMPLES
from workflow.papers.notice import NoticeFacts


def test_every_sample_paper_is_there_with_its_picture() -> None:
    wanted = {f"{name}.{kind}" for name in SAMPLES for kind in ("pdf", "png")} | {"notice.png"}
    assert wanted <= {path.name for path in (DOCS / "samples").iterdir()}
    for facts in SAMPLES.values():
        assert NoticeFacts.from_record(facts().to_record()) == facts()


def test_the_pictures_of_the_readme_are_light() -> None:
    sample, notice = DOCS / "samples" / "notice-red-card.png", DOCS / "samples" / "notice.png"
    assert notice.read_bytes() == sample.read_bytes()
    assert notice.stat().st_size < 300_000
    assert (DOCS / "pages" / "board.png").stat().st_size < 800_000
