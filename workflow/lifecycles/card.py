"""Card 牌: earned by lateness, raised by the clock, lifted when what it was for is done and verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from models import Card
from models.states import CardState as C
from models.states import MilestoneState, Role, ShareState
from workflow.acts import Act
from workflow.errors import Missing
from workflow.facts import CardStanding
from workflow.law import Action, Lifecycle, Reason, Telling
from workflow.permissions import answers_for, supervisor
from workflow.standings import load_cards


def the_carded(standing: CardStanding) -> bool:
    return answers_for(standing, standing.card.unit_id)


def impartial_supervisor(standing: CardStanding) -> bool:
    """The supervisor is not the supervised: nobody who holds anything in the carded unit lifts its card."""
    carded = standing.card.unit_id
    return supervisor(standing) and (carded == standing.office_id or not standing.actor.belongs_to(carded))


def other_supervisor(standing: CardStanding) -> bool:
    """An appeal is decided by somebody else than who raised the card."""
    return impartial_supervisor(standing) and standing.actor.person_id != standing.raised_by


def work_done(standing: CardStanding) -> Missing | None:
    """A card for lateness is lifted once what was late, the milestone or the share, is accepted or waived."""
    if share := standing.share:
        done = share.state in (ShareState.ACCEPTED, ShareState.WAIVED)
        return None if done else Missing("share_done", {"state": share.state, "unit": share.unit_name})
    done = standing.milestone_state in (MilestoneState.ACCEPTED, MilestoneState.WAIVED)
    return None if done else Missing("work_done", {"state": standing.milestone_state})


def about_card(act: Act[CardStanding]) -> dict[str, object]:
    task, card, share = act.standing.task, act.standing.card, act.standing.share
    facts = {
        "task_id": task.id, "task_number": task.number, "task_name": task.name, "card_id": card.id,
        "colour": card.colour, "reason": act.reason,
    }  # fmt: skip
    return (
        {**facts, "share_id": share.id, "milestone": share.text, "unit": share.unit_name} if share else facts
    )


def the_unit(topic: str) -> Callable[[Act[CardStanding]], Iterator[Telling]]:
    def tell(act: Act[CardStanding]) -> Iterator[Telling]:
        yield Telling(topic, {"role": Role.OWNER, "unit_id": act.standing.card.unit_id}, about_card(act))

    return tell


def the_office(topic: str) -> Callable[[Act[CardStanding]], Iterator[Telling]]:
    def tell(act: Act[CardStanding]) -> Iterator[Telling]:
        yield Telling(topic, {"role": Role.SUPERVISOR, "office": True}, about_card(act))

    return tell


HELD = [C.RAISED, C.ACKNOWLEDGED, C.RECTIFYING, C.VERIFYING]

CARD = Lifecycle(
    "card",
    table=Card,
    states=C,
    root=("task", "task_id"),
    load=load_cards,
    actions=[
        Action("acknowledge", C.RAISED, to=C.ACKNOWLEDGED, may=the_carded),
        Action("rectify", C.ACKNOWLEDGED, to=C.RECTIFYING, may=the_carded, reason=Reason.REQUIRED),
        Action("request_verification", [C.ACKNOWLEDGED, C.RECTIFYING], to=C.VERIFYING, may=the_carded,
               needs=[work_done], tells=[the_office("card_verifying")]),
        Action("appeal", [C.RAISED, C.ACKNOWLEDGED], to=C.APPEALED, may=the_carded, reason=Reason.REQUIRED,
               tells=[the_office("card_appealed")]),
        Action("dismiss_appeal", C.APPEALED, to=C.ACKNOWLEDGED, may=other_supervisor, reason=Reason.REQUIRED,
               tells=[the_unit("card_appeal_dismissed")]),
        Action("lift", C.VERIFYING, to=C.LIFTED, may=impartial_supervisor, needs=[work_done],
               tells=[the_unit("card_lifted")]),
        Action("revoke", [*HELD, C.APPEALED], to=C.REVOKED, may=other_supervisor, reason=Reason.REQUIRED,
               tells=[the_unit("card_revoked")]),
    ],
)  # fmt: skip
