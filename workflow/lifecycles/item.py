"""Item of a list 清单项目: counted, until it is struck 核减; restored where that was a mistake."""

from __future__ import annotations

from models import ListItem
from models.states import ItemState as I
from workflow.law import Action, Lifecycle, Reason
from workflow.lists.striking import (
    correct_report,
    counted_nowhere_else,
    settle_above,
    still_listed,
    strikes_item,
    struck,
    the_entering,
    unstruck,
)
from workflow.needs import not_cancelled
from workflow.permissions import supervisor
from workflow.standings.lists import load_items

ITEM = Lifecycle(
    "item",
    table=ListItem,
    states=I,
    root=("task", "task_id"),
    load=load_items,
    actions=[
        Action("strike", I.COUNTED, to=I.STRUCK, may=strikes_item, needs=[not_cancelled], reason=Reason.REQUIRED,
               sets=struck, then=[correct_report, settle_above], tells=[the_entering("item_struck")]),
        Action("restore", I.STRUCK, to=I.COUNTED, may=supervisor,
               needs=[not_cancelled, counted_nowhere_else, still_listed], reason=Reason.REQUIRED,
               sets=unstruck, then=[correct_report, settle_above], tells=[the_entering("item_restored")]),
    ],
)  # fmt: skip
