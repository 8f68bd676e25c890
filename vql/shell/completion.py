"""Tab completion: keywords, tables, columns, functions, types and settings, by what stands before.

`candidates` is pure and knows nothing of the terminal; the prompt wraps it.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping

from vql import schema
from vql.language import words as script
from vql.session.objects.indexes import index_methods
from vql.shell.commands import COMMANDS

WORD = re.compile(r"[\w.\\?]*$")
TABLE_COMES = frozenset("from into update table join truncate copy vacuum analyze on only".split())
SETTING_COMES = frozenset({"set", "show", "reset", "local"})
VALUE_COMES = frozenset(("select", "by", "where", "and", "or", "not", "set", "on", ",", "("))


def candidates(text: str, tables: Mapping[str, schema.Table]) -> tuple[str, list[str]]:
    """Return the unfinished word at the end of a text, and what it may become, best first."""
    word = _last(text)
    before = text[: len(text) - len(word)]
    if text.lstrip().startswith("\\"):
        return _command(text, word, before, tables)
    names = [piece.lower() for kind, piece in script.pieces(before) if kind not in ("space", "comment")]
    if names and script_open(before):
        return word, []
    if ";" in names:
        del names[: len(names) - names[::-1].index(";")]
    first, last = (names[0], names[-1]) if names else ("", "")
    if last in SETTING_COMES and first in SETTING_COMES:
        return word, _fitting(word, sorted(script.settings()))
    if first == "set" and (last in ("=", "to")):
        return word, _fitting(word, script.settings().get("".join(names[1:-1]), ()))
    if last == "using" and "index" in names:
        return word, _fitting(word, index_methods())
    if last in TABLE_COMES:
        return word, _fitting(word, sorted(tables))
    if last == "::" or (first == "create" and "(" in names and _is_column_type(names)):
        return word, _fitting(word, sorted(script.type_names()))
    columns = _columns(names + [word.lower()], tables)
    value_comes = last in VALUE_COMES
    if not word:
        return word, columns if value_comes else []
    found = _fitting(word, columns) + _fitting(word, (f"{name}(" for name in script.functions()))
    return word, found + _keywords(word) if value_comes else _keywords(word) + found


def script_open(text: str) -> bool:
    """Whether a text ends inside a quoted string."""
    last = list(script.pieces(text))[-1]
    return last[0] == "string" and (len(last[1]) == 1 or not last[1].endswith("'"))


def _last(text: str) -> str:
    match = WORD.search(text)
    return match.group() if match else ""


def _fitting(word: str, names: Iterable[str]) -> list[str]:
    folded = word.lower()
    return [name for name in names if name.startswith(folded) and name != folded]


def _keywords(word: str) -> list[str]:
    """Keywords follow the case they are begun in: upper where nothing says lower."""
    found = sorted(_fitting(word, script.keywords()))
    return found if word.islower() else [name.upper() for name in found]


def _columns(names: list[str], tables: Mapping[str, schema.Table]) -> list[str]:
    """Return the columns of the tables a text names, of all tables where it names none."""
    named = [tables[name] for name in names if name in tables] or list(tables.values())
    return list(dict.fromkeys(column.name for table in named for column in table.columns))


def _is_column_type(names: list[str]) -> bool:
    """Whether a type comes next in CREATE TABLE: after a column's name."""
    in_list = len(names) > 2 and names[-2] in ("(", ",") and "index" not in names[:3]
    return in_list and names[-1].isidentifier()


def _command(text: str, word: str, before: str, tables: Mapping[str, schema.Table]) -> tuple[str, list[str]]:
    if word.startswith("\\"):
        return word, [f"\\{name}" for name in COMMANDS if f"\\{name}".startswith(word)]
    name = before.split()[0].removeprefix("\\")
    if name in ("d", "dt", "copy"):
        return word, _fitting(word, sorted(tables))
    if name == "di":
        return word, _fitting(word, sorted(i.name for t in tables.values() for i in t.indexes))
    if name in ("timing", "x"):
        return word, _fitting(word, ("off", "on"))
    if name == "i":
        path = text.split(maxsplit=1)[1] if " " in text else ""
        return path, sorted(glob.glob(f"{glob.escape(path)}*"))
    return word, []
