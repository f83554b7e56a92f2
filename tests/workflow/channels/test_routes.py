"""Routes and hours, as pure data: what goes by which channel, and when."""

from __future__ import annotations

from datetime import datetime

import pytest

from workflow.adapters.calendars import read_calendar
from workflow.channels import Channels, Hours, Reached, Route, Severity, lacks
from workflow.civil import ZONE

CALENDAR = read_calendar()


def at(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("day", "clock", "is_open", "opens_next"),
    [
        ("2022-01-14", "07:59", False, ("2022-01-14", "08:00")),
        ("2022-01-14", "08:00", True, ("2022-01-14", "08:00")),
        ("2022-01-14", "17:59", True, ("2022-01-14", "17:59")),
        ("2022-01-14", "18:00", False, ("2022-01-17", "08:00")),  # a Friday evening
        ("2022-01-29", "10:00", True, ("2022-01-29", "10:00")),  # a Saturday, worked for the Spring Festival
        ("2022-01-31", "10:00", False, ("2022-02-07", "08:00")),  # the Spring Festival
    ],
)
def test_messages_go_out_in_working_hours_of_working_days(
    day: str, clock: str, is_open: bool, opens_next: tuple[str, str]
) -> None:
    now = at(day, clock)
    assert Hours().is_open(now, CALENDAR) is is_open
    assert Hours().next_opening(now, CALENDAR) == at(*opens_next)


def test_by_default_everything_goes_by_mail_and_inbox_and_red_by_text_message_too() -> None:
    assert Channels().reaching("reminder", "owner", False) == Reached(("mail", "inbox"), ())
    assert Channels().reaching("card_raised", None, True) == Reached(("mail", "inbox", "sms"), ())


def test_routes_add_by_topic_severity_and_role_and_name_a_channel_once() -> None:
    settled = Channels(
        routes=[
            Route(channels=["inbox"]),
            Route(topics=["notice_issued"], roles=["leader"], channels=["sms", "inbox"], robots=["leaders"]),
            Route(severity=Severity.RED, robots=["office", "leaders"]),
        ]
    )
    assert settled.reaching("notice_issued", "leader", False) == Reached(("inbox", "sms"), ("leaders",))
    assert settled.reaching("notice_issued", "owner", False) == Reached(("inbox",), ())
    assert settled.reaching("notice_issued", None, True) == Reached(("inbox",), ("office", "leaders"))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (Channels(hours=Hours(opens="18:00", closes="08:00")), ["hours_in_order"]),
        (Channels(routes=[Route(severity=Severity.RED, channels=["mail"])]), ["route_for_all"]),
        (Channels(routes=[Route(channels=["sms"])]), ["route_for_all"]),
        (
            Channels(routes=[Route(channels=["mail"], robots=["x"]), Route(topics=["y"])]),
            ["known_robot", "known_topic"],
        ),
        (Channels(routes=[Route(channels=["mail"], robots=["office"])]), []),
    ],
)
def test_what_would_lose_a_message_or_leads_nowhere_is_named(given: Channels, found: list[str]) -> None:
    assert sorted(missing.code for missing in lacks(given, ["reminder"], ["office"])) == found
