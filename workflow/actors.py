"""Who acts: a person with the grants held that day, or the system."""

from __future__ import annotations

from dataclasses import dataclass

from models.states import Role


@dataclass(frozen=True, slots=True)
class Held:
    """One grant in force: a role in a unit or department (`organ_id`: the organ it belongs to), or plan-wide."""

    role: str
    unit_id: int | None = None
    organ_id: int | None = None
    office: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person and what they hold on the day of the act. `person_id` None is the system."""

    person_id: int | None
    grants: tuple[Held, ...] = ()

    @property
    def is_system(self) -> bool:
        return self.person_id is None

    def holds(self, role: str, organ_id: int | None) -> bool:
        """Whether the role is held in that organ, or in one of its departments."""
        return any(g.role == role and g.organ_id == organ_id for g in self.grants)

    def holds_any(self, roles: tuple[str, ...], organ_id: int | None) -> bool:
        return any(g.role in roles and g.organ_id == organ_id for g in self.grants)

    def holds_in(self, role: str, unit_id: int | None) -> bool:
        """Whether the role is held in that very unit or department, or in the organ that it is."""
        return any(g.role == role and unit_id in (g.unit_id, g.organ_id) for g in self.grants if g.unit_id)

    def belongs_to(self, unit_id: int) -> bool:
        """Whether anything is held in that very unit or department, or in the organ that it is."""
        return any(unit_id in (g.unit_id, g.organ_id) for g in self.grants)

    def in_office(self, *roles: str) -> bool:
        """Whether one of the roles is held in the joint-meeting office."""
        return any(g.office and g.role in roles for g in self.grants)

    def everywhere(self, *roles: str) -> bool:
        """Whether one of the roles is held for the whole plan."""
        return any(g.unit_id is None and g.role in roles for g in self.grants)

    @property
    def sees_all(self) -> bool:
        """Supervisors, leaders and signatories of the office, auditors: the whole plan."""
        return self.in_office(Role.SUPERVISOR, Role.LEADER, Role.SIGNATORY) or self.everywhere(
            Role.AUDITOR, Role.SUPERVISOR
        )

    @property
    def organs(self) -> frozenset[int]:
        return frozenset(g.organ_id for g in self.grants if g.organ_id is not None)


SYSTEM = Actor(None)
