"""What a definition holds for, in words."""

from __future__ import annotations

from workflow.approvals.definitions import Scope
from workflow.words import say


def spoken(scope: Scope, language: str) -> str:
    """A scope in the reader's words, the narrowest part first."""
    kind = None if scope.kind is None else say(f"indicator_kind.{scope.kind}", language)
    parts = (("task", scope.task), ("programme", scope.programme), ("kind", kind), ("plan", scope.plan))
    said = [say(f"definition.of_{name}", language, value=value) for name, value in parts if value is not None]
    return say("definition.between", language).join(said) or say("definition.everywhere", language)
