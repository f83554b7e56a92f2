"""WeasyPrint, fenced in. Importing this module loads it (0.7 s): only print workers do, through `paper`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from workflow.adapters.justification import justify
from workflow.errors import DubanError

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Attachments carry a date; a fixed one, so that the same facts give the same bytes."""
FONT = "duban:font/"
OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True}


class ForbiddenResource(DubanError):
    """A document asked for something that is not one of our fonts: a fault in a template, never in a fact."""

    code = "forbidden_resource"


class FontFetcher(URLFetcher):  # type: ignore[misc]
    """Hands out our font files by name. Everything else, the disk and the network included, is refused."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(allowed_protocols=["duban"], allow_redirects=False, fail_on_errors=True)
        self._files = files

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The bytes of a font. Raises FatalURLFetchingError for any other address: it stops the document."""
        path = self._files.get(url.removeprefix(FONT)) if url.startswith(FONT) else None
        if path is None:
            raise FatalURLFetchingError(url)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/otf"})


class Typesetter:
    """HTML to PDF/A-3b. Fonts and style are read once: a font configuration per paper is slow and leaks."""

    def __init__(self, files: Mapping[str, Path], stylesheet: str) -> None:
        self._fetcher = FontFetcher(files)
        self._fonts = FontConfiguration()
        self._style = CSS(string=stylesheet, font_config=self._fonts, url_fetcher=self._fetcher)

    def set(self, html: str, facts: bytes) -> bytes:
        """The PDF of a page of HTML with its facts attached. Raises ForbiddenResource."""
        try:
            page = HTML(string=html, url_fetcher=self._fetcher)
            document = page.render(font_config=self._fonts, stylesheets=[self._style], **OPTIONS)
            with warnings.catch_warnings():
                # WeasyPrint 70 leaves the file of its colour profile to the garbage collector.
                warnings.simplefilter("ignore", ResourceWarning)
                pdf: bytes = justify(document).write_pdf(attachments=[attach(facts)], **OPTIONS)
        except FatalURLFetchingError as refused:
            raise ForbiddenResource(address=str(refused)) from refused
        return pdf


def attach(facts: bytes) -> Attachment:
    """`facts.json` as an embedded file, dated alike in every paper."""
    return Attachment(
        string=facts,
        name="facts.json",
        description="facts",
        created=EPOCH,
        modified=EPOCH,
        relationship="Data",
    )
