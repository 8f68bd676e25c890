"""Rows of pg_settings."""

from __future__ import annotations

from collections.abc import Mapping

from vql.executor.bridge.catalog.constraints import Row
from vql.settings.decided import Decided, Decision, read_decided
from vql.settings.known import IDENTITY, ON_OFF, SETTINGS, Setting, displayed
from vql.settings.quantities import quantity
from vql.storage.snapshot import Snapshot


def setting_rows(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_settings: what is set in this session, decided for it, or the default."""
    decided = read_decided(session.get("vql__decided", ""))
    others = {name: Setting("") for name in (*decided, *session) if "." in name and name not in SETTINGS}
    return [_row(name, setting, session, decided) for name, setting in sorted((SETTINGS | others).items())]


def _row(name: str, setting: Setting, session: Mapping[str, str], decided: Decided) -> Row:
    said = decided.get(name, Decision(setting.default, "default"))
    value = session.get(name, said.value)
    category = "VQL" if name.startswith("vql.") else "Customized Options" if "." in name else "Postgres"
    is_set = name not in IDENTITY and value != said.value
    low, high = (None if bound is None else f"{bound:.15g}" for bound in (setting.low, setting.high))
    enumerated = list(setting.choices) if setting.choices and setting.choices != ON_OFF else None
    # As in PostgreSQL, where files lie is told to superusers.
    told = said if session.get("is_superuser", "on") == "on" and not is_set else Decision("", "")
    return (
        displayed(name), _plain(name, value, setting), setting.unit.name if setting.unit else None, category, "", None,
        setting.context, _type(setting), "session" if is_set else said.source, low, high, enumerated,
        _plain(name, setting.default, setting), _plain(name, said.value, setting), told.file or None,
        told.line or None, False,
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
