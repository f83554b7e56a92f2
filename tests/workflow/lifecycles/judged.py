"""A judged milestone and a maintained one, brought to where the tests of criteria and attestations want them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

import workflow.lifecycles  # noqa: F401
from models import Attestation, Criteria, Criterion, CriterionEvidence, Evidence, Indicator
from models.states import Comparator, IndicatorKind
from tests.people import Cast, approval_of, do, file
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services

POINTS = ["已印发管理制度", "已落实责任部门和专人", "已建立统计台账"]
NOTE = {"figures": [], "as_of_on": "2022-01-14", "note": "制度已印发。"}
CARD = {"kind": "maintained", "formula": "全面停止使用一次性用品", "attested": "monthly"}


def make_judged(services: Services, cast: Cast) -> int:
    """The first milestone has no number: it is accepted by criteria."""
    _redefine(services, cast, kind=IndicatorKind.JUDGED, quantity=None, comparator=Comparator.NONE)
    return cast.milestone


def make_maintained(services: Services, cast: Cast, attested: str = "monthly") -> int:
    """What the first milestone reaches is to hold on."""
    _redefine(
        services, cast, kind=IndicatorKind.MAINTAINED, quantity=None, comparator=Comparator.DONE,
        definition=CARD | {"attested": attested},
    )  # fmt: skip
    return cast.milestone


def _redefine(services: Services, cast: Cast, **values: Any) -> None:
    with services.transaction() as tx:
        tx.execute(update(Indicator).where(Indicator.id == cast.indicator).values(**values))


def drafted(services: Services, cast: Cast) -> int:
    """Criteria of three points, drafted by Olga: their id."""
    make_judged(services, cast)
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "draft_criteria", cast.olga, details={"points": POINTS})
    return a.latest(services, Criteria)


def approved(services: Services, cast: Cast) -> int:
    criteria = drafted(services, cast)
    do(services, "criteria", criteria, "approve", cast.amira)
    return criteria


def covered(services: Services, cast: Cast) -> int:
    """Approved criteria, and one piece of evidence that proves every point: the criteria's id."""
    criteria = approved(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=NOTE)
    details = file().model_copy(update={"criteria": points(services)})
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=details)
    return criteria


def to_be_accepted(services: Services, cast: Cast) -> int:
    """Submitted and signed by all but the accepter: the approval's id."""
    covered(services, cast)
    return hand_in(services, cast, cast.rashid, cast.jun)


def hand_in(services: Services, cast: Cast, *signers: int) -> int:
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "已完成。"})
    approval = approval_of(services, cast.milestone)
    for signer in signers:
        do(services, "approval", approval, "approve", signer)
    return approval


def accepted(services: Services, cast: Cast, attested: str = "monthly") -> int:
    """A maintained milestone that was accepted: its id."""
    make_maintained(services, cast, attested)
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=NOTE)
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    hand_in(services, cast, cast.rashid, cast.jun, cast.amira)
    return cast.milestone


def points(services: Services) -> list[int]:
    """The ids of the points, in their order."""
    with services.reading() as tx:
        return list(tx.execute(select(Criterion.id).order_by(Criterion.ordinal)).scalars())


def marks(services: Services, *given: str, **notes: str) -> dict[str, Any]:
    """Details of an approval: one mark for each point, in their order; `note2="…"` is the second one's note."""
    return {
        "marks": [
            {"criterion_id": point, "mark": mark, "note": notes.get(f"note{place}")}
            for place, (point, mark) in enumerate(zip(points(services), given, strict=False), 1)
        ]
    }


def texts(services: Services) -> list[str]:
    with services.reading() as tx:
        return list(tx.execute(select(Criterion.text).order_by(Criterion.ordinal)).scalars())


def ties(services: Services) -> set[tuple[str, int]]:
    """What is tied: (point, evidence)."""
    statement = select(Criterion.text, CriterionEvidence.evidence_id).join(
        Criterion, Criterion.id == CriterionEvidence.criterion_id
    )
    with services.reading() as tx:
        return {tuple(row) for row in tx.execute(statement)}  # type: ignore[misc]


def marked(services: Services) -> list[tuple[Any, ...]]:
    """Mark, note and who gave it, of each point in order."""
    columns = (Criterion.mark, Criterion.mark_note, Criterion.marked_by, Criterion.marked_at)
    with services.reading() as tx:
        return [tuple(row) for row in tx.execute(select(*columns).order_by(Criterion.ordinal))]


def evidence(services: Services) -> list[int]:
    with services.reading() as tx:
        return list(tx.execute(select(Evidence.id).order_by(Evidence.id)).scalars())


def attestations(services: Services) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(Attestation.__table__).order_by(Attestation.from_on, Attestation.id)))
