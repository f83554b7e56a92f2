"""An approval's route as a Mermaid flowchart: a box per step, a node per seat, coloured by where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workflow.approvals.steps import Step
from workflow.facts import SeatFact

COLOURS = {
    "waiting": "fill:#f5f5f5,stroke:#9e9e9e,color:#424242",
    "open": "fill:#fff8e1,stroke:#f9a825,color:#5d4037,stroke-width:2px",
    "signed": "fill:#e8f5e9,stroke:#2e7d32,color:#1b5e20",
    "opposed": "fill:#ffebee,stroke:#c62828,color:#b71c1c",
    "returned": "fill:#ffebee,stroke:#c62828,color:#b71c1c",
    "lapsed": "fill:#fafafa,stroke:#bdbdbd,color:#757575,stroke-dasharray:3 3",
    "removed": "fill:#fafafa,stroke:#bdbdbd,color:#9e9e9e,stroke-dasharray:3 3",
    "set_aside": "fill:#fafafa,stroke:#bdbdbd,color:#9e9e9e,stroke-dasharray:3 3",
}
PLAIN = frozenset(" -_.,:/+，。、：；（）〔〕《》“”·—")
"""Signs that mean nothing to Mermaid within quotes. Any other that is no letter or digit is written by its number."""
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Told:
    """The words of the diagram: what each step and seat is called, by number and id."""

    begins: str
    ends: str
    steps: Mapping[int, str]
    seats: Mapping[int, str]


def draw(steps: Sequence[Step], seats: Sequence[SeatFact], told: Told) -> str:
    """The flowchart as text. Names are data: none of them can end a label or begin a statement."""
    lines = ["flowchart LR", f'  begin(["{label(told.begins)}"])']
    for step in steps:
        lines += _step(step, [seat for seat in seats if seat.step == step.number], told)
    lines.append(f'  finish(["{label(told.ends)}"])')
    places = ["begin", *(f"step{step.number}" for step in steps), "finish"]
    lines += [f"  {a} --> {b}" for a, b in pairwise(places)]
    lines += [f"  classDef {name} {style}" for name, style in COLOURS.items()]
    return "\n".join(lines) + "\n"


def _step(step: Step, seats: Sequence[SeatFact], told: Told) -> Iterator[str]:
    yield f'  subgraph step{step.number}["{label(told.steps[step.number])}"]'
    yield "    direction TB"
    for seat in seats:
        yield f'    seat{seat.id}["{label(told.seats[seat.id])}"]:::{seat.state}'
    shown = {seat.id for seat in seats}
    yield from (f"    seat{s.id} -.- seat{s.added_to}" for s in seats if s.added_to in shown)
    yield "  end"


def label(text: str) -> str:
    """A name as a Mermaid label: on one line, cut where it is long, and of signs that mean something only numbers."""
    words = " ".join(text.split())
    cut = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return "".join(sign if sign.isalnum() or sign in PLAIN else f"#{ord(sign)};" for sign in cut)
