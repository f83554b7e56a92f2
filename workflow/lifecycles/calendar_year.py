"""Year of the working-day calendar 工作日历: of the week alone until its notice is entered, corrected by editions."""

from __future__ import annotations

from models import CalendarYear
from models.states import CalendarYearState as C
from workflow.calendar_notices.entering import (
    CalendarNotice,
    Followed,
    days_possible,
    expect_next,
    keeps_calendar,
    mark_followed,
    noticed_columns,
    record_edition,
    says_something_new,
)
from workflow.law import Action, Lifecycle, Reason, system
from workflow.standings.calendar_years import load_calendar_years

CALENDAR_YEAR = Lifecycle(
    "calendar_year",
    table=CalendarYear,
    states=C,
    root=("calendar_year", "id"),
    load=load_calendar_years,
    actions=[
        Action("enter", C.PROVISIONAL, to=C.NOTICED, may=keeps_calendar, takes=CalendarNotice, checks=[days_possible],
               sets=noticed_columns, then=[record_edition, expect_next]),
        Action("correct", C.NOTICED, may=keeps_calendar, takes=CalendarNotice,
               checks=[days_possible, says_something_new], reason=Reason.REQUIRED, sets=noticed_columns,
               then=[record_edition]),
        Action("be_followed", C.NOTICED, may=system, takes=Followed, then=[mark_followed], own_route=True),
    ],
)  # fmt: skip
