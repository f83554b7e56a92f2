"""What approvals decide: for each purpose, what is signed of its subject, and what follows from the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.states import Purpose


@dataclass(frozen=True, slots=True)
class Decided:
    """One purpose. `facts`: the canonical text that is signed, as the subject stands now. `granted` and `refused`:
    the system's acts on the subject when the approval is through, or returned. `asks`: the letter to its signers."""

    purpose: Purpose
    facts: Callable[[Any], str]
    granted: str
    refused: str
    asks: str


DECIDED: dict[str, Decided] = {}
"""By purpose: each lifecycle that is decided by approvals enters itself."""


def decided(entry: Decided) -> Decided:
    DECIDED[entry.purpose] = entry
    return entry
