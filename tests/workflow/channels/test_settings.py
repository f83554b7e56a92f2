"""Settings of channels: a wrong one stops the start with a sentence that names it and repeats no secret."""

from __future__ import annotations

import pytest

from workflow.bootstrap import SettingInvalid, bootstrap, read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DUBAN_ROBOTS", "wecombot://secret"),
        ("DUBAN_ROBOTS", '{"office": "wecombot://secret"}'),
        ("DUBAN_ROBOTS", '{"office": {"url": "pigeon://secret"}}'),
        ("DUBAN_ROBOTS", '{"office": {"url": "wecombot://secret", "address": "https://x.example/secret"}}'),
        ("DUBAN_SMS", "pigeon://secret/{phone}"),
        ("DUBAN_WEBHOOK_KEY", "secret"),
        ("DUBAN_WEBHOOK_NETWORKS", "10.0.0.0/99"),
        ("DUBAN_WEBHOOK_GIVE_UP_HOURS", "0"),
    ],
)
def test_a_wrong_setting_stops_the_start(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingInvalid) as refused:
        bootstrap(read_settings(database="sqlite://"))
    assert str(refused.value.facts["setting"]).startswith(name)
    assert "secret" not in str(refused.value)


def test_secrets_of_channels_are_not_shown_where_settings_are() -> None:
    settings = read_settings(
        robots={"office": {"url": "wecombot://secret"}}, sms="json://x/?:phone={phone}&key=secret",
        webhook_key="secret" * 8,
    )  # fmt: skip
    assert "secret" not in repr(settings)
