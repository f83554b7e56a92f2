"""Task 4: energy audits by 16 districts and the lead, counted by named institutions, over two years.

Two districts are late and fall short, one claims an audit that another has already, one is struck after an
inspection; what lacks at the year's end is carried over into the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from duban.demo.deeds import MORNING
from duban.demo.episodes.backstage import Backstage, Episode, Turn
from duban.demo.episodes.rounds import Detour, Round
from duban.demo.episodes.shares import Shares
from duban.demo.hands import AuditYear
from models.states import Role
from workflow.adapters.workbooks import write_workbook
from workflow.institutions.sheets import INSTITUTIONS

TASK = 4
BUREAU = "机管局"
AUDITED, EVALUATED = 0, 1
"""Places of the two indicators in the milestone."""


class AuditsEpisode(Episode):
    """Two years of audits."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self.told = backstage.hands.audits
        self.lead = backstage.works[TASK].lead
        self.districts = backstage.works[TASK].districts
        self.units = [*self.districts, self.lead]
        self.free = {unit: list(self._names(unit)) for unit in self.units}
        """Institutions that were not claimed yet, by unit."""
        self.claimed: dict[str, list[str]] = {unit: [] for unit in self.units}
        self.before: dict[tuple[int, str], int] = {}
        """How many a unit had claimed before a year."""
        self.years = {
            y.year: Shares(backstage, TASK, backstage.post(TASK, y.year).id) for y in self.told.years
        }

    def turns(self) -> Iterator[Turn]:
        yield self.back.working(self.told.registered_on), MORNING + 20, self._register
        for year in self.told.years:
            yield from self._year(year)
        struck, carried = self.told.struck, self.told.carried_over
        yield self.back.working(struck.day), MORNING + 90, self._strike
        yield self.back.working(struck.day), MORNING + 300, self._hand_in_short
        yield self.back.after(struck.day, 2), MORNING + 90, self._accept_short
        yield self.back.working(carried.day), MORNING + 90, self._carry_over

    def _year(self, told: AuditYear) -> Iterator[Turn]:
        back = self.back
        yield back.working(told.started_on), MORNING + 40, partial(self._begin, told)
        yield back.working(told.broken_down_on), MORNING + 40, partial(self._issue, told)
        yield back.after(told.broken_down_on, 4), MORNING + 40, partial(self._take_up, told)
        for part, on in enumerate(told.entered):
            yield back.working(on), MORNING + 40, partial(self._enter, told, part)
        late = told.late.districts if told.late else ()
        names = [f"{name}{BUREAU}" for name in late]
        prompt = [unit for unit in self.units if unit not in names]
        yield back.working(told.handed_in_on), MORNING + 40, partial(self._hand_in, told, prompt)
        yield back.after(told.handed_in_on, 3), MORNING + 40, partial(self._accept, told, prompt)
        if told.late:
            yield (
                back.working(told.late.handed_in_on),
                MORNING + 40,
                partial(self._hand_in, told, names),
            )
            yield back.after(told.late.handed_in_on, 2), MORNING + 40, partial(self._accept, told, names)
        detour = Detour.TRANSFERRED if told is self.told.years[0] else Detour.NONE
        yield from Round(back, TASK, self.years[told.year].milestone, detour).turns(told.submitted_on)

    # institutions

    def _names(self, unit: str) -> Iterator[str]:
        register = self.told.institutions
        place = unit.removesuffix(BUREAU)
        many = register.lead if unit == self.lead else register.districts
        for n in range(many):
            kind = register.kinds[n % len(register.kinds)]
            yield f"{place}第{n // len(register.kinds) + 1}{kind}"

    def _district(self, unit: str) -> str:
        return "" if unit == self.lead else unit.removesuffix(BUREAU)

    def _register(self, _: date) -> None:
        """The office's register, by workbook."""
        rows = [
            (None, name, self._district(unit) or None, None, unit, None, None)
            for unit in self.units
            for name in self.free[unit]
        ]
        book = write_workbook((INSTITUTIONS,), {INSTITUTIONS.key: rows}, "zh-Hans")
        self.back.desk.send(self.back.supervisor(TASK), "institutions/imports", book)

    # shares

    def _begin(self, told: AuditYear, _: date) -> None:
        self.years[told.year].start_work()

    def _issue(self, told: AuditYear, _: date) -> None:
        aims = self.back.post(TASK, told.year).aims
        targets = {
            unit: [
                {"indicator_id": aims[AUDITED].id, "quantity": str(self._asked(told, unit, AUDITED))},
                {"indicator_id": aims[EVALUATED].id, "quantity": str(self._asked(told, unit, EVALUATED))},
            ]
            for unit in self.units
        }
        text = f"完成{told.year}年能源审计和节约型公共机构后评估"
        self.years[told.year].issue(told.due_on, targets, text)

    def _asked(self, told: AuditYear, unit: str, which: int) -> int:
        portions = told.audits if which == AUDITED else told.evaluations
        return portions.lead if unit == self.lead else portions.each

    def _take_up(self, told: AuditYear, _: date) -> None:
        for unit in self.units:
            self.years[told.year].take_up(unit)

    def _enter(self, told: AuditYear, part: int, on: date) -> None:
        """Each unit enters the institutions that were audited: not quite half of them first, the rest later."""
        if part == 0:
            self.before |= {(told.year, unit): len(self.claimed[unit]) for unit in self.units}
        if part == 0 and told.year == self.told.years[0].year:
            self._claim_twice(told, on)
        for unit in self.units:
            asked = self._asked(told, unit, AUDITED) - self._short(told, unit)
            entered = len(self.claimed[unit]) - self.before.get((told.year, unit), 0)
            wanted = asked * 2 // 5 if part == 0 else asked
            names = [self.free[unit].pop(0) for _ in range(wanted - entered)]
            self._enter_items(told, unit, names, on)

    def _short(self, told: AuditYear, unit: str) -> int:
        return told.late.short.get(unit.removesuffix(BUREAU), 0) if told.late else 0

    def _enter_items(self, told: AuditYear, unit: str, names: Sequence[str], on: date) -> None:
        self.claimed[unit] += names
        shares = self.years[told.year]
        shares.act(unit, "enter_items", **self._items(told, unit, names, on))

    def _items(self, told: AuditYear, unit: str, names: Sequence[str], on: date) -> dict[str, Any]:
        indicator = self.back.post(TASK, told.year).aims[AUDITED].id
        district = self._district(unit)
        return {
            "indicator_id": indicator,
            "items": [
                {"institution": name, "district": district, "true_on": on.isoformat()} for name in names
            ],
        }

    def _claim_twice(self, told: AuditYear, on: date) -> None:
        """A district claims an institution of its neighbour's list once the neighbour has it: refused."""
        first, again = (
            f"{name}{BUREAU}" for name in (self.told.claimed_twice.first, self.told.claimed_twice.again)
        )
        name = self.free[first].pop(0)
        self._enter_items(told, first, [name], on)
        shares = self.years[told.year]
        details = self._items(told, first, [name], on)
        owner = self.back.owner(again, TASK)
        self.back.desk.refused(owner, "shares", shares.ids[again], "enter_items", details=details)

    def _hand_in(self, told: AuditYear, units: Sequence[str], on: date) -> None:
        evaluated = self.back.post(TASK, told.year).aims[EVALUATED].id
        for unit in units:
            asked = self._asked(told, unit, EVALUATED)
            figure = {"indicator_id": evaluated, "quantity": str(asked)}
            self.years[told.year].report(unit, on, [figure], f"完成后评估{asked}家。")
            because = told.late.because if told.late and self._short(told, unit) else None
            self.years[told.year].hand_in(unit, on, because)

    def _accept(self, told: AuditYear, units: Sequence[str], _: date) -> None:
        for unit in units:
            self.years[told.year].accept(unit)

    # the end of the first year

    def _strike(self, _: date) -> None:
        """An inspector strikes an item: the accepted share no longer reaches its target, and is open again."""
        inspector = self.back.cast.of_the_office(Role.INSPECTOR)
        supervisor = self.back.supervisor(TASK)
        share = self.years[2022].ids[self._struck]
        items = list(self.back.desk.listed(supervisor, f"items?share={share}"))
        self.back.act(inspector, "items", items[-1]["id"], "strike", self.told.struck.reason)

    @property
    def _struck(self) -> str:
        return f"{self.told.struck.district}{BUREAU}"

    def _hand_in_short(self, on: date) -> None:
        self.years[2022].hand_in(self._struck, on, self.told.struck.short)

    def _accept_short(self, _: date) -> None:
        self.years[2022].accept(self._struck)

    def _carry_over(self, _: date) -> None:
        """What lacks of 300 leaves this year's target and is asked next year."""
        post = self.back.post(TASK, 2022)
        self.back.act(
            self.back.supervisor(TASK), "milestones", post.id, "rule_shortfall", self.told.carried_over.reason,
            indicator_id=post.aims[AUDITED].id, take="carry_over",
        )  # fmt: skip
