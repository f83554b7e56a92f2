"""What a letter is about, read from the facts of its outbox row: the thing itself, its item, its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflow.dated import CLIMBING, DATED
from workflow.deliveries import Claimed

URGED = {topic: dated.kind for dated in CLIMBING for topic in dated.topics}
"""Letters that say what is still missing, by the law of what they are about."""
LATE = {dated.topics[1]: dated.kind for dated in DATED}
"""Letters that count the days it is late."""
BY_HISTORY = {**{topic: kind for topic, kind in LATE.items() if topic in URGED}, "redated": "milestone"}
"""Letters whose numbers follow from the history of what they are about."""
NOUNS = (
    "notice", "instruction", "attestation", "report", "work_plan", "share", "milestone", "event", "task",
)  # fmt: skip
"""The nearest first: the facts of a share name its milestone and its task as well."""


def about(facts: Mapping[str, Any]) -> str:
    """The subject that letters of one calendar entry share: `share-12`."""
    kind = next((noun for noun in NOUNS if f"{noun}_id" in facts), None)
    return f"{kind}-{facts[f'{kind}_id']}" if kind else "duban"


def ids(batch: Sequence[Claimed], kind: str, topics: Mapping[str, str]) -> list[int]:
    """The subjects of one kind that the letters of some topics are about."""
    return sorted({delivery.facts[f"{kind}_id"] for delivery in batch if topics.get(delivery.topic) == kind})


def item_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """`item`, and the `task` it belongs to where it is not the task itself."""
    task = f"{facts['task_number']} {facts['task_name']}" if "task_number" in facts else None
    item = facts.get("item") or facts.get("milestone")
    if item is None:
        return {"item": task}
    return {"item": item} if task is None else {"item": item, "task": task}
