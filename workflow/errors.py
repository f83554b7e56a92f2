"""Everything Duban can refuse, as one family.

An error names the situation and carries a stable `code`; it knows no status number and no language.
`api/errors.py` maps codes to HTTP, the catalogues (`error.<code>`) give the words. `facts` are the
values a sentence is filled with: names of fields, numbers, limits, never free text in one language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stands in the way: the catalogue key `need.<code>` and what to fill it with."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


class DubanError(Exception):
    """A refusal that a reader can act on."""

    code: ClassVar[str] = "refused"

    def __init__(self, *, missing: Sequence[Missing] = (), **facts: Any) -> None:
        self.facts = facts
        self.missing = tuple(missing)
        super().__init__(f"{self.code} {facts}" + "".join(f"; {m.code} {m.facts}" for m in missing))


class NotFound(DubanError):
    """There is no such thing, or this person may not know of it."""

    code = "not_found"


class NotPermitted(DubanError):
    """The person sees it, but this act is not theirs."""

    code = "not_permitted"


class UnknownAction(DubanError):
    """No row of the lifecycle bears that name."""

    code = "unknown_action"


class WrongState(DubanError):
    """The act exists, but not from where the subject now stands."""

    code = "wrong_state"


class NotReady(DubanError):
    """Something is still missing; `missing` names all of it."""

    code = "not_ready"


class Stale(DubanError):
    """What the person saw is no longer what is there."""

    code = "stale"


class ReasonRequired(DubanError):
    """This act needs a written reason."""

    code = "reason_required"


class Malformed(DubanError):
    """The input cannot be read as what was asked for; `missing` names each field and its fix."""

    code = "malformed"
