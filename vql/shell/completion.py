"""Tab completion: keywords, tables, columns, functions, types, settings and files, by what stands before.

`candidates` is pure and knows nothing of the terminal; the prompt wraps it.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from vql.language import words as script
from vql.session.objects.indexes import index_methods
from vql.shell.commands.registry import COMMANDS
from vql.shell.commands.usage import USAGES
from vql.shell.screen.display import AUTO, FORMATS, SENTENCES
from vql.shell.variables import OBEYED
from vql.types.opclasses import OPCLASSES

WORD = re.compile(r"[\w.\\?]*$")
# A command that the cursor stands in, behind other words or not.
COMMAND = re.compile(r"\\(\S*)(?:\s+(.*))?$", re.S)
TABLE_COMES = frozenset("from into update table join truncate copy vacuum analyze on only".split())
SETTING_COMES = frozenset({"set", "show", "reset", "local"})
VALUE_COMES = frozenset(("select", "by", "where", "and", "or", "not", "set", "on", ",", "("))
SWITCHES = ("off", "on")
OPTION_VALUES = {
    "border": ("0", "1", "2"), "expanded": (AUTO, "off", "on"), "footer": SWITCHES, "format": FORMATS,
    "linestyle": ("ascii", "unicode"), "pager": ("always", "off", "on"), "tuples_only": SWITCHES,
}  # fmt: skip


class DatabaseNames(Protocol):
    """The names of a database."""

    relations: dict[str, tuple[str, ...]]
    indexes: tuple[str, ...]
    sequences: tuple[str, ...]
    schemas: tuple[str, ...]
    functions: tuple[str, ...]
    within: dict[str, tuple[str, ...]]


def candidates(text: str, names: DatabaseNames, variables: Iterable[str] = ()) -> tuple[str, list[str]]:
    """Return the unfinished word at the end of a text, and what it may become, best first."""
    word = _last(text)
    before = text[: len(text) - len(word)]
    command = _command_at(text)
    if command is not None:
        return _command(*command, names, variables)
    words = [piece.lower() for kind, piece in script.pieces(before) if kind not in ("space", "comment")]
    if words and script_open(before):
        return word, []
    if ";" in words:
        del words[: len(words) - words[::-1].index(";")]
    return word, _in_statement(word, words, names)


def _in_statement(word: str, words: list[str], names: DatabaseNames) -> list[str]:
    first, last = (words[0], words[-1]) if words else ("", "")
    if last in SETTING_COMES and first in SETTING_COMES:
        return _fitting(word, sorted(script.settings()))
    if last == "schema" or first == "set" and "search_path" in words:
        return _fitting(word, names.schemas)
    if first == "set" and (last in ("=", "to")):
        return _fitting(word, script.settings().get("".join(words[1:-1]), ()))
    if last == "using" and "index" in words:
        return _fitting(word, index_methods())
    if "index" in words[:3] and (last.isidentifier() or last == '"') and _open_list(words) == 2:
        return _fitting(word, sorted(OPCLASSES))
    if last == "index" and first in ("drop", "alter", "reindex"):
        return _fitting(word, names.indexes)
    if last == "sequence" and first in ("drop", "alter"):
        return _fitting(word, names.sequences)
    if last in ("function", "procedure") and first in ("drop", "alter"):
        return _fitting(word, names.functions)
    if last in TABLE_COMES or last == "view":
        return _relations(word, names)
    if last == "::" or (first == "create" and "(" in words and _is_column_type(words)):
        return _fitting(word, sorted(script.type_names()))
    columns = _columns([*words, word.lower()], names.relations)
    value_comes = last in VALUE_COMES
    if not word:
        return columns if value_comes else []
    called = (*script.functions(), *(name for name in names.functions if name not in script.functions()))
    found = _fitting(word, columns) + _fitting(word, (f"{name}(" for name in called))
    return found + _keywords(word) if value_comes else _keywords(word) + found


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


def _relations(word: str, names: DatabaseNames) -> list[str]:
    """Tables and views, those of a schema behind its name, and schemas that have some not seen without."""
    schema, dot, _ = word.rpartition(".")
    if dot:
        return _fitting(word, [f"{schema}.{name}" for name in names.within.get(schema.lower(), ())])
    hidden = [f"{name}." for name, inside in names.within.items() if set(inside) - names.relations.keys()]
    return _fitting(word, sorted(names.relations)) + _fitting(word, sorted(hidden))


def _columns(words: list[str], relations: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the columns of the tables a text names, of all tables where it names none."""
    named = [relations[name] for name in words if name in relations] or list(relations.values())
    return list(dict.fromkeys(column for columns in named for column in columns))


def _is_column_type(words: list[str]) -> bool:
    """Whether a type comes next in CREATE TABLE: after a column's name."""
    in_list = len(words) > 2 and words[-2] in ("(", ",") and "index" not in words[:3]
    return in_list and words[-1].isidentifier()


def _open_list(words: list[str]) -> int:
    """Return how many words an entry of the list that is open has, the next one included; 0 in no list."""
    count = 1
    for word in reversed(words):
        if word in ("(", ","):
            return count
        if word == ")":
            return 0
        count += 1
    return 0


def _command_at(text: str) -> tuple[str, str] | None:
    """Return the name of the command the cursor stands in and what follows it; None in a statement."""
    line = text[text.rfind("\n") + 1 :]
    start = line.rfind("\\")
    if start < 0 or (line[:start].strip() and script_open(text[: len(text) - len(line) + start] or " ")):
        return None
    match = COMMAND.match(line, start)
    return (match[1], match[2]) if match and match[2] is not None else (match[1], "\\") if match else None


def _command(name: str, rest: str, names: DatabaseNames, variables: Iterable[str]) -> tuple[str, list[str]]:
    """Complete a command's name, or its last argument."""
    if rest == "\\":
        return f"\\{name}", [f"\\{known}" for known in COMMANDS if known.startswith(name) and known != name]
    bare = name.rstrip("+S")
    word = re.search(r"\S*$", rest)
    last = word.group() if word else ""
    first = rest.split()[0] if rest.split() else ""
    if bare in ("h", "help"):
        return rest, [
            form for form in sorted(USAGES) if form.startswith(rest.upper()) and form != rest.upper()
        ]
    if bare == "pset":
        if first == last:
            return last, _fitting(last, SENTENCES)
        return last, _fitting(last, OPTION_VALUES.get(first, ()))
    if bare in ("set", "unset", "echo"):
        if first in OBEYED and first != last:
            return last, _fitting(last, OBEYED[first] or SWITCHES)
        return last, [
            known for known in sorted({*OBEYED, *variables}) if known.startswith(last) and known != last
        ]
    if (
        bare in ("i", "include", "o", "out", "e", "w", "s", "g", "gx", "cd")
        or bare == "copy"
        and _file_comes(rest)
    ):
        return last, files_like(last)
    return last, _fitting(last, ARGUMENTS[bare](names) if bare in ARGUMENTS else ())


def _file_comes(rest: str) -> bool:
    return re.search(r"\b(?:from|to)\s+\S*$", rest, re.I) is not None


def files_like(begun: str) -> list[str]:
    """Return the files and folders whose path begins as a text, in quotes where the text is."""
    quote = "'" if begun.startswith("'") else ""
    path = begun.removeprefix("'")
    found = sorted(glob.glob(f"{glob.escape(os.path.expanduser(path))}*"))
    home = os.path.expanduser("~")
    if path.startswith("~/"):
        found = [f"~{name.removeprefix(home)}" for name in found]
    return [
        f"{quote}{name}/" if os.path.isdir(os.path.expanduser(name)) else f"{quote}{name}{quote}"
        for name in found
    ]


def _tables(names: DatabaseNames) -> Iterable[str]:
    return sorted(names.relations)


ARGUMENTS: dict[str, Callable[[DatabaseNames], Iterable[str]]] = {
    "d": lambda names: (*sorted(names.relations), *names.indexes, *names.sequences),
    "dt": _tables,
    "dv": _tables,
    "dp": _tables,
    "copy": _tables,
    "di": lambda names: names.indexes,
    "ds": lambda names: names.sequences,
    "dn": lambda names: names.schemas,
    "df": lambda names: names.functions,
    "sf": lambda names: names.functions,
    "sv": _tables,
    "dconfig": lambda names: sorted(script.settings()),
    "dAc": lambda names: index_methods(),
    "timing": lambda names: SWITCHES,
    "x": lambda names: (AUTO, *SWITCHES),
    "t": lambda names: SWITCHES,
}
