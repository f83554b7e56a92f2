"""What is pinned for running and what is pinned for developing are the same packages in the same editions."""

from __future__ import annotations

import re

from tests.house.sources import text_of

PIN = re.compile(r"^([\w.\[\]-]+)==(\S+)", re.MULTILINE)


def _pins(name: str) -> dict[str, str]:
    return dict(PIN.findall(text_of(f"requirements/{name}.txt")))


def test_development_runs_on_the_pins_of_the_runtime() -> None:
    runtime, develop = _pins("runtime"), _pins("develop")
    assert runtime
    assert {name: pin for name, pin in runtime.items() if develop.get(name) != pin} == {}


def test_every_pin_carries_its_hashes() -> None:
    for name in ("runtime", "develop"):
        assert text_of(f"requirements/{name}.txt").count("==") <= text_of(f"requirements/{name}.txt").count(
            "--hash="
        )


def test_what_is_asked_for_is_pinned() -> None:
    for name in ("runtime", "develop"):
        asked = [line for line in text_of(f"requirements/{name}.in").splitlines() if re.match(r"\w", line)]
        names = {re.split(r"[\[<>=]", line)[0].strip() for line in asked}
        assert names <= {pin.split("[")[0] for pin in _pins(name)}
