"""The files of settings in a database's folder: vql.toml, which people write, and vql.auto.toml, which ALTER
SYSTEM does.

Both are TOML (toml.io, version 1.0). A name is a key; one with a dot is a table's, or stands in quotes:

    port = 5433
    log_min_duration_statement = "250ms"

    [vql]
    recall = 0.98
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vql.errors import InvalidParameterValue

WRITTEN, AUTOMATIC = "vql.toml", "vql.auto.toml"
HEAD = "# Written by ALTER SYSTEM, read behind vql.toml. Do not edit it: it is written anew.\n"


class SettingLine(NamedTuple):
    """A value as a text, and where it stands."""

    value: str
    file: str
    line: int


def read_settings(path: Path) -> dict[str, SettingLine]:
    """Return the entries of a file by name, none where it is not there. Raises 22023, OSError."""
    try:
        text = path.read_text()
        found = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidParameterValue(f"{path}: {error}") from None
    lines = text.splitlines()
    return {name: SettingLine(value, str(path), _line(name, lines)) for name, value in _entries(found, path)}


def change_settings(path: Path, name: str | None, value: str | None) -> None:
    """Give a setting another value in a file that is written by nobody else, or none where None; without a
    name, forget all. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # other sessions and processes change it too
        values = {} if name is None else {each: line.value for each, line in read_settings(path).items()}
        if name is not None:
            values.pop(name, None)
        if name is not None and value is not None:
            values[name] = value
        _write(path, values)
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Write a file anew, at once or not at all."""
    text = HEAD + "".join(
        f"{json.dumps(name)} = {_quoted(value)}\n" for name, value in sorted(values.items())
    )
    new = path.with_name(f"{path.name}.new")
    with new.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _quoted(value: str) -> str:
    """Return a text as TOML's basic string: as JSON's, but for the one control character that JSON leaves."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _entries(found: Mapping[str, object], path: Path, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        match value:
            case dict():
                yield from _entries(value, path, f"{before}{name}.")
            case bool():
                yield before + name, "on" if value else "off"
            case str() | int() | float():
                yield before + name, str(value)
            case _:
                raise InvalidParameterValue(f"{path}: {before}{name} is no text, number, true or false")


def _line(name: str, lines: list[str]) -> int:
    """Return the line that gives a name its value, counted from 1; 0 where that is not seen."""
    last = re.escape(name.rpartition(".")[2])
    begins = re.compile(rf"\s*(?:{re.escape(json.dumps(name))}|{re.escape(name)}|\"?{last}\"?)\s*=")
    return next((number for number, line in enumerate(lines, 1) if begins.match(line)), 0)
