"""An approval's definition: ordered steps as data: who signs, in which mode, within which limit."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from models.states import AtLimit, IndicatorKind, Purpose, Role, StepMode

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["unit_review"])]
MOST_STEPS = 20
HIGHEST_NUMBER = 1_000_000
"""Of a programme or task: far above any, and one that a database can be asked for."""
LONGEST_KEY = 40
CONFIRM = "confirm_signers"
SUBMITTER = "submitter"
"""As `superior_of`: the superior of who submitted."""


class Of(StrEnum):
    """In which units a role signs: each unit is one seat, held by whoever holds the role there when signing."""

    LEAD = "lead"
    JOINT = "joint"
    OFFICE = "office"


class WhenEmpty(StrEnum):
    """What becomes of a step in which nobody has a seat."""

    REFUSE = "refuse"
    SKIP = "skip"
    SUPERVISOR = "supervisor"
    """The office's supervisors sign in their stead."""


class OwnSubmission(StrEnum):
    """What becomes of a seat that would fall to who submitted (回避). A unit's seat falls to others of the unit."""

    FORBID = "forbid"
    """They cannot sign it; somebody else of the unit does."""
    SKIP = "skip"
    """A seat that would be theirs alone is not made."""
    SUPERIOR = "superior"
    """A seat that would be theirs alone is their superior's."""


class SamePerson(StrEnum):
    """Whether who signed one step is asked again in the next."""

    ASK_AGAIN = "ask_again"
    CARRY_OVER = "carry_over"


class Resume(StrEnum):
    """Where a returned approval goes on, once it is done again."""

    RESTART = "restart"
    """From the step it went back to: everybody after it signs again."""
    STRAIGHT_BACK = "straight_back"
    """With who returned it: what others signed stands."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(Part):
    """Working days from the opening of a seat, and what happens when they are over."""

    days: int = Field(ge=1, le=250, examples=[7])
    then: AtLimit = AtLimit.URGE


class Vote(Part):
    """How many votes carry the step 票签: a part of the seats, or a number of them."""

    ratio: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}/[1-9][0-9]{0,2}$")] | None = Field(
        default=None, examples=["2/3"]
    )
    count: int | None = Field(default=None, ge=1, le=200, examples=[None])

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ratio is None) is (self.count is None):
            raise PydanticCustomError("vote_needs_one", "ratio or count, not both")
        if self.ratio is not None and Fraction(self.ratio) > 1:
            raise PydanticCustomError("vote_above_all", "a ratio of at most 1")
        return self

    def needed(self, seats: int) -> int:
        """Votes for, of so many seats: a part of a seat counts as a whole one."""
        if self.count is not None:
            return min(self.count, seats)
        return -(-seats * Fraction(self.ratio or 1) // 1)


class Condition(Part):
    """When a step is part of the route: all that is given must hold of the subject, as it stands when it is opened."""

    programmes: tuple[int, ...] = Field(default=(), max_length=50, examples=[[1, 2]])
    """Numbers of the plan's programmes."""
    joint_units_at_least: int | None = Field(default=None, ge=0, le=500, examples=[3])
    quantity_at_least: Decimal | None = Field(default=None, max_digits=24, decimal_places=8, examples=["100"])
    """Some indicator's target is at least so much."""
    quantity_below: Decimal | None = Field(default=None, max_digits=24, decimal_places=8)
    """Every indicator's target is less; without indicators it holds."""


class Step(Part):
    """Who signs: a role in units, people, a group of signers, or somebody's superior; and how they sign."""

    key: Key
    role: Role | None = None
    of: Of | None = None
    people: tuple[str, ...] = Field(default=(), max_length=50, examples=[["amira"]])
    """Logins."""
    group: Key | None = None
    """Code of a group of signers."""
    superior_of: str | None = Field(default=None, max_length=40, examples=[SUBMITTER])
    """`submitter`, or the key of an earlier step: of whoever signed it (the leader of that step's unit)."""
    mode: StepMode = StepMode.ANY
    vote: Vote | None = None
    when_empty: WhenEmpty = WhenEmpty.REFUSE
    limit: Limit | None = None
    only_if: Condition | None = None
    confirm_above: int | None = Field(default=None, ge=1, le=500)
    """With more seats than so many, a supervisor confirms the list of signers first."""

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        named = [
            self.role is not None,
            bool(self.people),
            self.group is not None,
            self.superior_of is not None,
        ]
        if sum(named) != 1:
            raise PydanticCustomError("step_names_one", "role, people, group or superior_of")
        if (self.role is None) is not (self.of is None):
            raise PydanticCustomError("role_of_units", "role goes with of")
        if (self.mode is StepMode.VOTE) is not (self.vote is not None):
            raise PydanticCustomError("vote_goes_with_mode", "vote goes with mode: vote")
        return self

    @property
    def confirming_key(self) -> str:
        """The key of the step in which a supervisor confirms a long list of its signers."""
        return f"{CONFIRM}_{self.key}"[:LONGEST_KEY]


class Scope(Part):
    """What a definition holds for; the narrowest that fits is taken. Nothing given: everywhere."""

    plan: str | None = Field(default=None, max_length=60, examples=["shanghai-2022"])
    """Code of the plan."""
    programme: int | None = Field(default=None, ge=1, le=HIGHEST_NUMBER, examples=[1])
    task: int | None = Field(default=None, ge=1, le=HIGHEST_NUMBER, examples=[4])
    kind: IndicatorKind | None = None
    """Milestones with an indicator of the kind; `judged` also those without indicators."""

    @model_validator(mode="after")
    def _within_a_plan(self) -> Self:
        if self.plan is None and (self.programme is not None or self.task is not None):
            raise PydanticCustomError("scope_needs_plan", "programme and task are those of a plan")
        return self

    @property
    def narrowness(self) -> int:
        """A task is narrower than a programme, that than a kind of milestone, that than a plan."""
        given = ((8, self.task), (4, self.programme), (2, self.kind), (1, self.plan))
        return sum(weight for weight, value in given if value is not None)


class Returns(Part):
    """How signers may return: the first `resume` is taken where the signer says nothing."""

    to_steps: bool = True
    resume: tuple[Resume, ...] = Field(default=(Resume.RESTART,), min_length=1, max_length=2)


class Caps(Part):
    """How often, and by how many days in all, a due date may be extended (延期)."""

    times: int | None = Field(default=None, ge=1, le=20, examples=[2])
    days: int | None = Field(default=None, ge=1, le=1000, examples=[90])
    """Calendar days in all by which extensions may move it; what a ruling or a suspension moves is not counted."""


class Definition(Part):
    """Ordered steps of an approval, as data."""

    key: Key
    purpose: Purpose
    holds_for: Scope = Scope()
    own_submission: OwnSubmission = OwnSubmission.FORBID
    same_person: SamePerson = SamePerson.ASK_AGAIN
    returns: Returns = Returns()
    caps: Caps | None = None
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)

    @property
    def carries_over(self) -> bool:
        return self.same_person is SamePerson.CARRY_OVER

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        before: set[str] = {SUBMITTER}
        for step in self.steps:
            if step.key in before:
                raise PydanticCustomError("step_named_once", "{step}", {"step": step.key})
            if step.superior_of is not None and step.superior_of not in before:
                raise PydanticCustomError("superior_of_earlier", "{step}", {"step": step.superior_of})
            before.add(step.key)
        return self
