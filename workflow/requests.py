"""What extensions and waivers share: who asked, what they are told, and when it was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workflow.acts import Act
from workflow.errors import Missing
from workflow.facts import RequestStanding
from workflow.law import Telling
from workflow.signing import about


def the_requester(standing: RequestStanding) -> bool:
    return standing.actor.person_id == standing.request.requested_by


def nobody_decided(standing: RequestStanding) -> Missing | None:
    """Nobody has decided on it yet."""
    return Missing("nobody_decided") if standing.is_decided_on else None


def decided_columns(act: Act[Any]) -> Mapping[str, Any]:
    return {"decided_at": act.now}


def who_requested(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """Who asked, with the words of who decided, else their own."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        asked = act.standing.request
        facts = {**about(act), f"{act.law.kind}_id": asked.id, "reason": act.reason or asked.reason}
        yield Telling(topic, {"person_id": asked.requested_by}, facts)

    return tell
