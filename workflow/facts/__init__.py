"""The facts that acts under a task are judged by, as frozen values."""

from workflow.facts.attestations import AttestationFact, AttestationStanding
from workflow.facts.criteria import CriteriaFact, CriteriaStanding
from workflow.facts.items import ItemStanding, sees_items
from workflow.facts.lists import CountedFact, InstitutionFact, ItemFact, Named
from workflow.facts.rows import (
    ApprovalFact,
    CardFact,
    CriterionFact,
    DecisionFact,
    EntryFact,
    EvidenceFact,
    IndicatorFact,
    NoticeFact,
    PartFact,
    SeatFact,
    ShareFact,
    SiblingFact,
    TargetFact,
    TaskFact,
)
from workflow.facts.standings import (
    ApprovalStanding,
    CardStanding,
    MilestoneStanding,
    NoticeStanding,
    PartStanding,
    ShareStanding,
    TaskProgress,
    TaskStanding,
    UnderTask,
)

__all__ = [
    "ApprovalFact",
    "ApprovalStanding",
    "AttestationFact",
    "AttestationStanding",
    "CardFact",
    "CardStanding",
    "CriteriaFact",
    "CriteriaStanding",
    "CountedFact",
    "CriterionFact",
    "DecisionFact",
    "EntryFact",
    "EvidenceFact",
    "IndicatorFact",
    "InstitutionFact",
    "ItemFact",
    "ItemStanding",
    "MilestoneStanding",
    "Named",
    "NoticeFact",
    "NoticeStanding",
    "PartFact",
    "PartStanding",
    "SeatFact",
    "ShareFact",
    "ShareStanding",
    "SiblingFact",
    "TargetFact",
    "TaskFact",
    "TaskProgress",
    "TaskStanding",
    "UnderTask",
    "sees_items",
]
