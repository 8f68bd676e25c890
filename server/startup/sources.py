"""Where the values of flags and settings come from: the environment, vql.auto.toml, vql.toml.

What is nearer to who starts the server goes first: its command line, then its environment, then what ALTER
SYSTEM has written, then the file. A name that nobody knows is refused.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from vql.errors import Error, InvalidParameterValue
from vql.server.startup.flags import FLAGS
from vql.settings.decided import Decision
from vql.settings.files import AUTOMATIC, WRITTEN, SettingLine, read_settings
from vql.settings.known import OF_NO_FILE, RESERVED_PREFIXES, SETTINGS, folded, normal_value

PREFIX = "VQL_"
# What else reads variables of this prefix, and what Kubernetes sets for a service that is called vql, as it
# does VQL_PORT: that one is no number then, but tcp://ADDRESS:PORT.
NOT_OURS = ("VQL_HISTORY", "VQL_SERVICE_", "VQL_PORT_")
COMMAND_LINE, ENVIRONMENT, FILE = "command line", "environment variable", "configuration file"
# What a configuration may say of sessions; those of other contexts are flags, or nobody's to set.
CONFIGURABLE = ("user", "superuser", "superuser-backend", "sighup")
FLAG_OF_SETTING = {flag.setting: flag.key for flag in FLAGS.values() if flag.setting}
NEAR = 0.75


def variable(name: str) -> str:
    """Return the environment variable of a flag's key or a setting's name."""
    return PREFIX + name.removeprefix("vql.").replace(".", "_").upper()


def settings_known() -> list[str]:
    """Return the settings that a configuration may hold."""
    return [
        name
        for name, setting in SETTINGS.items()
        if setting.context in CONFIGURABLE and name not in OF_NO_FILE
    ]


def configured(path: Path, file: str | None) -> dict[str, Decision]:
    """Return what the environment and the files of a folder, or another `file`, say, as texts by keys of
    flags and names of settings. Raises 22023."""
    written = Path(file) if file else path / WRITTEN
    if file and not written.is_file():
        raise InvalidParameterValue(f"{written}: there is no such file")
    try:
        found = read_settings(written) | read_settings(path / AUTOMATIC)
    except OSError as error:
        raise InvalidParameterValue(f"{error.filename}: {error.strerror}") from None
    said = {
        _key(name, entry): Decision(entry.value, FILE, entry.file, entry.line)
        for name, entry in found.items()
    }
    return said | _of_environment(os.environ)


def session_settings(said: Mapping[str, Decision]) -> dict[str, Decision]:
    """Return what is said of settings, in their normal form. Raises 22023."""
    found = {}
    for name, decision in said.items():
        if name not in FLAGS:
            setting = SETTINGS.get(name)
            try:
                value = normal_value(name, decision.value, "" if setting is None else setting.default)
            except Error as error:
                raise InvalidParameterValue(f"{source_named(name, decision)}: {error.message}") from None
            found[name] = decision._replace(value=value)
    return found


def source_named(name: str, decision: Decision) -> str:
    """Return where a value stands, as an error names it."""
    if decision.source == COMMAND_LINE:
        return f"-c {name}"
    if decision.source == ENVIRONMENT:
        return variable(name)
    return f"{decision.file}, line {decision.line}" if decision.line else decision.file


def _of_environment(environment: Mapping[str, str]) -> dict[str, Decision]:
    known = {variable(name): name for name in (*settings_known(), *FLAGS, "config")}
    found = {}
    for name, value in environment.items():
        if name == variable("port") and "://" in value:
            continue
        if name in known and known[name] != "config":
            found[known[name]] = Decision(value, ENVIRONMENT)
        elif name.startswith(PREFIX) and name not in known and not name.startswith(NOT_OURS):
            # Only what looks like a slip is one: others may have variables of this prefix.
            near = _near(name, known, 0.85)
            if near:
                raise InvalidParameterValue(f"there is no variable {name}; did you mean {near}?")
    return found


def _key(name: str, entry: SettingLine) -> str:
    """Return the key of a flag or the setting that a file names. Raises 22023."""
    key = name if name in FLAGS else FLAG_OF_SETTING.get(folded(name), folded(name))
    if key in FLAGS or key in settings_known():
        return key
    where = f"{entry.file}, line {entry.line}" if entry.line else entry.file
    if key in SETTINGS:
        raise InvalidParameterValue(f'{where}: "{name}" cannot be set')
    prefix = key.partition(".")[0]
    if prefix != key and prefix not in RESERVED_PREFIXES:
        return key  # one of the user's own
    near = _near(key, (*FLAGS, *settings_known()), NEAR)
    raise InvalidParameterValue(
        f'{where}: there is no flag or setting "{name}"' + (f'; did you mean "{near}"?' if near else "")
    )


def _near(name: str, known: Iterable[str], share: float) -> str:
    return next(iter(difflib.get_close_matches(name, list(known), 1, share)), "")
