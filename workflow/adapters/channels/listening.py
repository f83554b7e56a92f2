"""Hears what a service of the library apprise is answered.

The library tells only whether a message was taken, and for some robots it asks no more than the HTTP status, while
they refuse with status 200 and a number in the answer. Its services all ask the module `requests` that they imported;
in that place stands an ear, which asks the same, keeps the answers, and follows no redirect: an address is a secret.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

TIMEOUT_SECONDS = 10.0


@dataclass(slots=True)
class Heard:
    """What came back while one message was sent."""

    address: str | None
    answers: list[requests.Response] = field(default_factory=list)
    failure: str | None = None


HEARD: ContextVar[Heard] = ContextVar("heard")


class Ear:
    """Stands for the module `requests` in a service of the library."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self.request("POST", url, **options)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        heard = HEARD.get()
        options |= {
            "allow_redirects": False,
            "timeout": TIMEOUT_SECONDS,
            "params": signed_once(options.get("params")),
        }
        try:
            answer = requests.request(method, placed(url, heard.address), **options)  # noqa: S113 (among the options)
        except requests.RequestException as failed:
            heard.failure = type(failed).__name__  # its text would hold the address
            raise
        heard.answers.append(answer)
        return answer


def placed(url: str, address: str | None) -> str:
    """The same path at another server, where an office has its own."""
    if address is None:
        return url
    own, asked = urlsplit(address), urlsplit(url)
    return urlunsplit((own.scheme, own.netloc, asked.path, asked.query, ""))


def signed_once(query: Any) -> Any:
    """The signature of 钉钉 as it is: the library quotes it, then `requests` does so again, and a robot that asks for
    signatures refuses that."""
    if not isinstance(query, dict) or "sign" not in query:
        return query
    return {**query, "sign": unquote(query["sign"])}


@contextmanager
def listening(service: Any, address: str | None) -> Iterator[Heard]:
    """While it lasts, what this service of the library is answered is heard."""
    module = sys.modules[type(service).__module__]
    if hasattr(module, "requests"):
        setattr(module, "requests", EAR)  # noqa: B010  (a module of the library, for as long as this process lives)
    mark = HEARD.set(heard := Heard(address))
    try:
        yield heard
    finally:
        HEARD.reset(mark)


EAR = Ear()
