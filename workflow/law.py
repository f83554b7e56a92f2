"""The law is written once: one row per action, in one table per thing with a life.

A row (`Action`) carries from → to, who may, what is needed, what it takes, what follows and who is told.
`Lifecycle` compiles from → to into a `transitions.Machine` and answers everything else from the rows.
`may` and `needs` are pure functions of a frozen standing (the facts an act is judged by).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Table
from transitions import Machine, MachineError

from workflow.actors import Actor
from workflow.errors import (
    Missing,
    NotFound,
    NotPermitted,
    NotReady,
    ReasonRequired,
    UnknownAction,
    WrongState,
)

if TYPE_CHECKING:
    from datetime import datetime

    from workflow.acts import Act


class Details(BaseModel):
    """What an action takes besides its name. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Standing(Protocol):
    """The facts an act is judged by: loaded once, never changed."""

    @property
    def state(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def seen(self) -> bool:
        """Whether the actor may know of the subject at all."""
        ...


RowId = Annotated[int, Field(ge=1, le=2**62)]
"""A row that details name and the database is asked for: it counts to 2**63."""

S = TypeVar("S", bound=Standing)
Simplify = Callable[[str], str]
"""Text in Simplified script, for names that are matched. The door brings it: the core knows no dictionary."""


def as_typed(text: str) -> str:
    """No simplifying: names match in the script in which they were entered."""
    return text


class Reason(StrEnum):
    """Whether an action takes a written reason."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


def nobody(standing: Standing) -> bool:
    """The default permission: what nobody declared, nobody may."""
    return False


def system(standing: Standing) -> bool:
    """Only the clock and other acts."""
    return standing.actor.is_system


@dataclass(frozen=True, slots=True)
class Action(Generic[S]):
    """One row of the law. `to=None` keeps the state."""

    name: str
    source: str | Sequence[str]
    to: str | None = None
    may: Callable[[S], bool] = nobody
    needs: Sequence[Callable[[S], Missing | None]] = ()
    takes: type[Details] | None = None
    reads: Callable[[Connection, S, Any, Simplify, datetime], S] | None = None
    """Further facts, about what the details name: read under the lock, before the checks; gives the fuller standing."""
    checks: Sequence[Callable[[S, Any, datetime], Iterable[Missing]]] = ()
    reason: Reason = Reason.OPTIONAL
    sets: Callable[[Act[S]], Mapping[str, Any]] | None = None
    """Columns of the subject's own row that change with the state."""
    before: Callable[[Act[S]], Mapping[str, Any]] | None = None
    """What its event keeps of what was there before, where the change does not show it."""
    then: Sequence[Callable[[Act[S]], None]] = ()
    tells: Sequence[Callable[[Act[S]], Iterable[Telling]]] = ()
    in_stead: Callable[[Act[S]], int | None] | None = None
    """For whom it is done, where that is somebody other than who does it: kept in its event as `for_id`."""
    own_route: bool = False
    """Only its own door performs it: its details are found by the door, never given by the caller."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told what: becomes an outbox row in the act's transaction."""

    topic: str
    audience: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


LAWS: dict[str, Lifecycle[Any]] = {}
"""Every lifecycle by its kind: each table enters itself when it is declared."""


class _Carrier:
    """What the state machine moves: never a stored row (`add_model` would reset it)."""

    __slots__ = ("state",)

    def __init__(self, state: StrEnum) -> None:
        self.state = state


def _says_something(reason: str) -> bool:
    """Whether a reason can be read: blanks, line ends, and signs without width or of direction alone are none."""
    return any(sign.isprintable() and not sign.isspace() for sign in reason)


class Lifecycle(Generic[S]):
    """The table of one kind of thing, and the questions one may ask of it."""

    def __init__(
        self,
        kind: str,
        *,
        table: Any,
        states: type[StrEnum],
        root: tuple[str, str],
        load: Callable[[Connection, Sequence[int], int | None, datetime], Mapping[int, S]],
        actions: Sequence[Action[S]],
    ) -> None:
        """`root`: the root's kind and the column of this table that names it (`("task", "task_id")`)."""
        self.kind = kind
        self.table: Table = table.__table__
        self.states = states
        self.root_kind, self.root_column = root
        self.load = load
        self.actions = {action.name: action for action in actions}
        if len(self.actions) != len(actions) or kind in LAWS:
            raise ValueError(f"{kind}: declared twice")
        LAWS[kind] = self
        self._targets: dict[tuple[str, str], str | None] = {}
        self._machine = Machine(model=None, states=states, initial=None, auto_transitions=False)
        for action in actions:
            dest = states(action.to) if action.to is not None else None
            self._machine.add_transition(action.name, [states(source) for source in action.sources], dest)

    def action(self, name: str) -> Action[S]:
        """The row of that name, or UnknownAction."""
        if name not in self.actions:
            raise UnknownAction(kind=self.kind, action=name, known=", ".join(sorted(self.actions)))
        return self.actions[name]

    def target(self, action: Action[S], state: str) -> str:
        """The state that follows, by the state machine; WrongState where there is none."""
        if (action.name, state) not in self._targets:
            self._targets[action.name, state] = self._ask_machine(action.name, state)
        target = self._targets[action.name, state]
        if target is None:
            raise WrongState(kind=self.kind, action=action.name, state=state)
        return target

    def _ask_machine(self, action: str, state: str) -> str | None:
        """Asked once for each pair: a table does not change while it is in force."""
        carrier = _Carrier(self.states(state))
        try:
            self._machine.events[action].trigger(carrier)
        except (MachineError, KeyError):
            return None
        return carrier.state.value

    def missing(self, action: Action[S], standing: S) -> list[Missing]:
        """Everything that stands in the way, not only the first."""
        return [lack for need in action.needs if (lack := need(standing)) is not None]

    def admit(self, action: Action[S], standing: S) -> str:
        """Judge by the facts alone: the next state, or the refusal (404 before 403 before 409)."""
        if not standing.seen:
            raise NotFound(kind=self.kind)
        if not action.may(standing):
            raise NotPermitted(kind=self.kind, action=action.name)
        target = self.target(action, standing.state)
        if lacks := self.missing(action, standing):
            raise NotReady(kind=self.kind, action=action.name, missing=lacks)
        return target

    def judge(
        self, action: Action[S], standing: S, details: Details | None, reason: str | None, now: datetime
    ) -> None:
        """Judge by the details as well: ReasonRequired, or NotReady with all that is wrong."""
        if action.reason is Reason.REQUIRED and not _says_something(reason or ""):
            raise ReasonRequired(kind=self.kind, action=action.name)
        if lacks := [lack for check in action.checks for lack in check(standing, details, now)]:
            raise NotReady(kind=self.kind, action=action.name, missing=lacks)

    def open_to(self, standing: S) -> list[tuple[Action[S], list[Missing]]]:
        """The actions that are this actor's from here, each with what it still lacks."""
        return [
            (action, self.missing(action, standing))
            for action in self.actions.values()
            if standing.state in action.sources and action.may(standing)
        ]
