"""A card that a history earned, with the draft of the notice that goes with it: of a milestone, or of a share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from models import Card, Notice
from models.states import CardState, NoticeState, Role
from workflow.acts import Act
from workflow.law import Details, Telling
from workflow.signing import about
from workflow.worked import W, Worked, milestone_of, share_of


class EarnedCard(Details):
    """A card that the history earned; its working is found by the ladder, never given by the caller."""

    colour: str
    rung: str
    episode: int
    earned_on: date
    days_late: int
    reply_on: date
    working: dict[str, Any]
    notice_kind: str | None = None


def carded_unit(standing: Worked) -> int | None:
    """Whose the lateness is: the share's unit, or the lead."""
    share = share_of(standing)
    return share.unit_id if share else standing.lead_id


def record_card(act: Act[W]) -> None:
    """The card, and the draft of the notice that goes with it."""
    details: EarnedCard = act.details
    card = details.model_dump(include={"colour", "rung", "episode", "earned_on", "working"})
    share, unit_id = share_of(act.standing), carded_unit(act.standing)
    of = {"task_id": act.standing.task.id, "milestone_id": milestone_of(act.standing).id, "unit_id": unit_id}
    card_id = act.make(
        Card, **of, share_id=share.id if share else None, state=CardState.RAISED, raised_at=act.now,
        raised_by=act.actor.person_id, **card,
    )  # fmt: skip
    act.created("card", card_id, "raise", CardState.RAISED, card)
    if details.notice_kind:
        notice_id = act.make(
            Notice, **of, card_id=card_id, kind=details.notice_kind, state=NoticeState.DRAFTED,
            reply_on=details.reply_on, drafted_at=act.now,
        )  # fmt: skip
        act.created("notice", notice_id, "draft", NoticeState.DRAFTED, {"card_id": card_id})
        facts = {**about(act), "notice_id": notice_id}
        act.tell(Telling("to_sign_off", {"role": Role.SIGNATORY, "office": True}, facts))


def the_carded(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """Owner, reviewer and leader of the unit that is carded."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        facts = {**about(act), "colour": act.details.colour, "days_late": act.details.days_late}
        for role in (Role.OWNER, Role.REVIEWER, Role.LEADER):
            yield Telling(topic, {"role": role, "unit_id": carded_unit(act.standing)}, facts)

    return tell
