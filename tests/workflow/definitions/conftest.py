"""The real plan as a draft, for cards to be entered into."""

from __future__ import annotations

from tests.workflow.plans.conftest import amira, plan

__all__ = ["amira", "plan"]
