"""What somebody careful fills in, for each action that takes more than its name: random, and never refused."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any, ClassVar

from sqlalchemy import select

from models import Evidence, Extension, Milestone, ProgressEntry
from models.states import EvidenceState, RequestState
from tests.people import Cast, HandClock, file
from workflow.bootstrap import Services


class Careful:
    """Details of actions on one task of the cast's."""

    services: ClassVar[Services]
    cast: ClassVar[Cast]
    clock: ClassVar[HandClock]
    meeting: ClassVar[int]
    indicators: dict[int, int]
    """Of each milestone its own."""
    episode: int
    acts: int

    def details(self, kind: str, subject: int, action: str, chance: random.Random) -> Any:
        """What the action takes, filled in as somebody careful would."""
        today = self.clock().date()
        match kind, action:
            case "milestone", "report":
                quantity = chance.choice([1, 2, 3])
                if subject not in self.indicators:  # one that an adjustment added has none
                    return {"note": f"完成{quantity}家", "as_of_on": today}
                figure = {"indicator_id": self.indicators[subject], "quantity": quantity}
                return {"figures": [figure], "as_of_on": today}
            case "milestone", "attach":
                return file(sha256=f"{chance.getrandbits(256):064x}")
            case "milestone", "detach":
                return {"evidence_id": self.evidence(subject)}
            case "milestone", "tie":
                return {"evidence_id": self.evidence(subject), "criterion_ids": []}
            case "milestone", "draft_criteria":
                return {"points": [f"已印发管理制度（{self.acts}）", "已落实责任部门", "已建立台账"]}
            case "milestone", "submit":
                return {"text": f"目标已完成（{chance.randrange(9)}）。", "without_shares": "另行补报。"}
            case "milestone", "correct":
                return {"entry_id": self.entry(subject), "quantity": chance.choice([1, 2, 3])}
            case "milestone", "break_down":
                return {"portions": [{"unit_id": self.cast.joint, "text": "报送本系统情况"}]}
            case "share", "amend":
                return {"text": f"报送本系统情况（{chance.randrange(9)}）"}
            case "milestone", "redate":
                return {"due_on": date(2022, 2, 1) + timedelta(days=chance.randrange(10**4))}
            case "milestone", "request_extension":
                due_on = self.due_on(subject) + timedelta(days=chance.randint(1, 40))
                return {"due_on": due_on, "progress": "进行中。"}
            case "milestone", "raise_card":
                self.episode += 1
                return {"colour": "yellow", "rung": "late-1", "episode": self.episode, "earned_on": today,
                        "days_late": 1, "reply_on": today, "working": {}}  # fmt: skip
            case "milestone", "rule_shortfall":
                return {
                    "indicator_id": self.indicators.get(subject, 0),
                    "take": chance.choice(["waive", "leave_late"]),
                }
            case "task", "propose_adjustment":
                change = {"year": 2024, "text": "再审计一家", "due_on": today + timedelta(days=9)}
                return {"kind": "add_milestone", "meeting_id": self.meeting, "change": change}
            case "task", "define":
                card = {"kind": "count", "formula": f"完成审计的家数（{self.acts}）", "over_time": "added",
                        "aggregation": "sum", "over_years": "added"}  # fmt: skip
                return {"indicator_id": chance.choice(sorted(self.indicators.values())), "card": card}
            case "task", "set_reporting":
                return {"interval": "monthly"}
            case "task", "raise_problem":
                return {"text": "请协调。"}
            case "task", "instruct":
                return {
                    "unit_id": self.cast.lead,
                    "text": "请报推进计划。",
                    "due_on": today + timedelta(days=9),
                }
            case "task", "draft_notice":
                return {"unit_id": self.cast.lead, "milestone_id": min(self.indicators), "requirement": "请报进展。",
                        "reply_on": today + timedelta(days=3)}  # fmt: skip
        return None

    def due_on(self, milestone: int) -> date:
        with self.services.reading() as tx:
            found: date = tx.execute(select(Milestone.due_on).where(Milestone.id == milestone)).scalar_one()
        return found

    def extended(self, milestone: int) -> int:
        """How often it was given more time."""
        granted = select(Extension.id).where(
            Extension.milestone_id == milestone, Extension.state == RequestState.GRANTED
        )
        with self.services.reading() as tx:
            return len(tx.execute(granted).all())

    def evidence(self, milestone: int) -> int:
        mine = select(Evidence.id).where(
            Evidence.milestone_id == milestone, Evidence.state == EvidenceState.ATTACHED
        )
        with self.services.reading() as tx:
            return int(tx.execute(mine.order_by(Evidence.id)).scalars().first() or 0)

    def entry(self, milestone: int) -> int:
        """The last figure reported on a milestone that no correction has taken the place of."""
        corrected = select(ProgressEntry.corrects_id).where(ProgressEntry.corrects_id.is_not(None))
        mine = select(ProgressEntry.id).where(
            ProgressEntry.milestone_id == milestone, ProgressEntry.id.not_in(corrected),
            ProgressEntry.quantity.is_not(None),
        )  # fmt: skip
        with self.services.reading() as tx:
            return int(tx.execute(mine.order_by(ProgressEntry.id.desc())).scalars().first() or 0)
