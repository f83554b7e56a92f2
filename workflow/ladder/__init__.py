"""The clock's rules: when to remind, what being late earns, which light an item shows. All pure.

`rules` is the data an office edits, `rungs` the reminders, `history` what was recorded about one item,
`lateness` what follows from it.
"""

from workflow.ladder.history import Entry, History, Mark
from workflow.ladder.lateness import Earned, Lateness, Light, Working, earned, lateness, light, on_time
from workflow.ladder.rules import (
    LadderRung,
    NearDue,
    ReminderTable,
    Rules,
    RulesInvalid,
    in_force,
    parse,
    validate,
)
from workflow.ladder.rungs import Reminders, Rung, Threshold, reminders_due, rungs, thresholds

__all__ = [
    "LadderRung", "NearDue", "ReminderTable", "Rules", "RulesInvalid", "in_force", "parse", "validate",
    "Reminders", "Rung", "Threshold", "reminders_due", "rungs", "thresholds",
    "Entry", "History", "Mark",
    "Earned", "Lateness", "Light", "Working", "earned", "lateness", "light", "on_time",
]  # fmt: skip
