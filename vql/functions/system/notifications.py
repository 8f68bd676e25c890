"""pg_notify() and its kin: notifications, by the session."""

from __future__ import annotations

from vql.functions.declare import Environment, function
from vql.functions.lookups import Notifier


def _notifier(environment: Environment) -> Notifier:
    assert environment.notifications is not None, "whoever runs statements gives them"
    return environment.notifications


@function("pg_notify(text, text) -> void", needs_environment=True, volatility="volatile", is_strict=False)
def notify_channel(environment: Environment, channel: str | None, payload: str | None) -> str:
    _notifier(environment).notify(channel or "", payload or "")
    return ""


@function("pg_listening_channels() -> setof text", needs_environment=True, volatility="stable")
def listening_channels(environment: Environment) -> list[str]:
    return list(_notifier(environment).channels)


@function("pg_notification_queue_usage() -> double precision", needs_environment=True, volatility="volatile")
def queue_usage(environment: Environment) -> float:
    return _notifier(environment).usage()
