"""Rows of pg_settings."""

from __future__ import annotations

from collections.abc import Mapping

from vql.executor.bridge.catalog.constraints import Row
from vql.settings.quantities import quantity
from vql.settings.settings import IDENTITY, ON_OFF, SETTINGS, Setting, displayed
from vql.storage.snapshot import Snapshot


def setting_rows(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_settings: what is set in this session, decided by the server, or the default."""
    decided = session.get("vql__decided", "").split()
    return [_row(name, setting, session, decided) for name, setting in sorted(SETTINGS.items())]


def _row(name: str, setting: Setting, session: Mapping[str, str], decided: list[str]) -> Row:
    value = session.get(name, setting.default)
    category = "VQL" if name.startswith("vql.") else "Customized Options" if "." in name else "Postgres"
    is_given = name in session and name not in decided and name not in IDENTITY
    source = (
        "session"
        if is_given and value != setting.default
        else "command line"
        if name in decided
        else "default"
    )
    reset = value if name in decided else setting.default
    low, high = (None if bound is None else f"{bound:.15g}" for bound in (setting.low, setting.high))
    enumerated = list(setting.choices) if setting.choices and setting.choices != ON_OFF else None
    return (
        displayed(name), _plain(name, value, setting), setting.unit.name if setting.unit else None, category, "", None,
        "internal" if setting.fixed else "user", _type(setting), source, low, high, enumerated,
        _plain(name, setting.default, setting), _plain(name, reset, setting), None, None, False,
    )  # fmt: skip


def _type(setting: Setting) -> str:
    if setting.choices:
        return "bool" if setting.choices == ON_OFF else "enum"
    if setting.low is None:
        return "string"
    return "integer" if setting.whole else "real"


def _plain(name: str, value: str, setting: Setting) -> str:
    """Return a value without its unit, in that of the setting."""
    return str(quantity(name, value, setting.unit)) if setting.unit else value
