"""The shell's own commands, which start with a backslash and end with the line.

`COMMANDS` is the whole list: what `\\?` prints, what is completed, what runs.
"""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DataError, OperationalError, ProgrammingError, UndefinedTable
from vql.session.session import ResultColumn
from vql.shell.loading import copy
from vql.shell.table import aligned
from vql.shell.terminal import Quit, Terminal
from vql.types.opclasses import opclass_of
from vql.types.type import BIGINT, TEXT

SCRIPTS_DEEP_MAX = 16


@dataclass(frozen=True, slots=True)
class Command:
    """A backslash command: its name, arguments as shown, what it does, the function."""

    name: str
    arguments: str
    purpose: str
    run: Callable[[Terminal, list[str]], None]


def run_command(terminal: Terminal, text: str) -> None:
    """Run the command of a line. Raises 42601 for an unknown one."""
    word, _, rest = text.strip().partition(" ")
    name = word.removeprefix("\\").rstrip(";")
    command = COMMANDS.get(name)
    if command is None:
        raise ProgrammingError(f"invalid command \\{name}", sqlstate="42601", hint="Try \\? for help.")
    if name == "copy":
        command.run(terminal, [rest])
        return
    try:
        arguments = shlex.split(rest.rstrip().rstrip(";"))
    except ValueError as error:
        raise ProgrammingError(f"\\{name}: {error}".lower(), sqlstate="42601") from None
    command.run(terminal, arguments)


# ------------------------------------------------------------------ describing the database


def describe_relation(terminal: Terminal, arguments: list[str]) -> None:
    """`\\d`: every relation, or one in full."""
    if not arguments:
        list_tables(terminal, [])
        return
    table = relation_named(terminal, arguments[0])
    columns = [ResultColumn(name, TEXT) for name in ("Column", "Type", "Nullable", "Default")]
    rows = []
    for column in table.columns:
        always = "always" if column.identity == "always" else "by default"
        default = f"generated {always} as identity" if column.identity else column.default or ""
        default = f"generated always as {column.generated} stored" if column.generated else default
        rows.append((column.name, str(column.type), "not null" if column.not_null else "", default))
    text = aligned(columns, rows, False, f'Table "public.{table.name}"')
    # psql leaves the count out here: what follows belongs to the same picture.
    lines = text.rstrip("\n").split("\n")[:-1]
    if table.indexes:
        lines.append("Indexes:")
        lines += [f"    {index_line(table, index)}" for index in table.indexes]
    if table.options:
        lines.append("Options: " + ", ".join(f"{name}={value}" for name, value in table.options))
    terminal.output.write("\n".join(lines) + "\n\n")


def index_line(table: schema.Table, index: schema.Index) -> str:
    """Return an index as `\\d` shows it."""
    type_name = table.stored[table.stored_position(index.columns[0])].type.name
    named = opclass_of(type_name, index.metric) if index.metric else index.opclass
    opclass = f" {named}" if named else ""
    columns = ", ".join(f"{name}{opclass}" for name in index.columns)
    kind = "PRIMARY KEY, " if index.primary else "UNIQUE, " if index.unique else ""
    options = ", ".join(f"{name}={value}" for name, value in index.options)
    tail = f" INCLUDE ({', '.join(index.included)})" if index.included else ""
    tail += f" WITH ({options})" if options else ""
    tail += f" WHERE {index.condition}" if index.condition else ""
    return f'"{index.name}" {kind}{index.method} ({columns}){tail}'


def relation_named(terminal: Terminal, name: str) -> schema.Table:
    """Return a table by its name as typed: `shoes`, `Shoes`, `public.shoes`. Raises 42P01."""
    tables = terminal.session.tables()
    parts = tuple(part.strip('"') for part in name.split("."))
    table = tables.find(parts) or tables.find(tuple(part.lower() for part in parts))
    if table is not None:
        return table
    for table in tables.own.values():
        if any(index.name == parts[-1] for index in table.indexes):
            return table
    raise UndefinedTable(f'Did not find any relation named "{name}".')


def list_tables(terminal: Terminal, arguments: list[str]) -> None:
    """`\\dt`: the tables, their rows and indexes."""
    snapshot = terminal.session.snapshot()
    names = ("Schema", "Name", "Type", "Columns", "Indexes")
    columns = [ResultColumn(n, BIGINT if n in ("Columns", "Indexes") else TEXT) for n in names]
    rows = [
        (in_schema, name, "table", len(table.columns), len(table.indexes))
        for (in_schema, name), table in sorted(snapshot.tables.items())
        if matches(name, arguments)
    ]
    write_list(terminal, "List of relations", columns, rows)


def list_indexes(terminal: Terminal, arguments: list[str]) -> None:
    """`\\di`: the indexes."""
    columns = [ResultColumn(n, TEXT) for n in ("Schema", "Name", "Type", "Table", "Definition")]
    rows = [
        (table.schema, index.name, "index", table.name, index_line(table, index).partition('" ')[2])
        for table in terminal.session.snapshot().tables.values()
        for index in table.indexes
        if matches(index.name, arguments)
    ]
    write_list(terminal, "List of relations", columns, sorted(rows))


def write_list(
    terminal: Terminal, title: str, columns: list[ResultColumn], rows: Sequence[tuple[object, ...]]
) -> None:
    """Print a list, or say that there is nothing."""
    if not rows:
        terminal.errors.write("Did not find any relations.\n")
        return
    terminal.output.write(aligned(columns, rows, False, title) + "\n")


def matches(name: str, patterns: list[str]) -> bool:
    """Whether a name fits a pattern as psql has it: `*` and `?`."""
    if not patterns:
        return True
    pattern = patterns[0].removeprefix("public.").lower()
    regex = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(regex, name) is not None


# ------------------------------------------------------------------ the shell itself


def switch_timing(terminal: Terminal, arguments: list[str]) -> None:
    """`\\timing [on|off]`."""
    terminal.timing = switched(terminal.timing, arguments, "timing")
    terminal.output.write(f"Timing is {'on' if terminal.timing else 'off'}.\n")


def switch_expanded(terminal: Terminal, arguments: list[str]) -> None:
    """`\\x [on|off]`."""
    terminal.expanded = switched(terminal.expanded, arguments, "x")
    terminal.output.write(f"Expanded display is {'on' if terminal.expanded else 'off'}.\n")


def switched(now: bool, arguments: list[str], name: str) -> bool:
    """Return the new state of a switch: as asked, or the other one."""
    if not arguments:
        return not now
    word = arguments[0].lower()
    if word not in ("on", "off", "true", "false", "1", "0"):
        raise ProgrammingError(f'\\{name} takes on or off, not "{arguments[0]}"', sqlstate="42601")
    return word in ("on", "true", "1")


def include(terminal: Terminal, arguments: list[str]) -> None:
    """`\\i FILE`: run a script; its first error ends it."""
    if len(arguments) != 1:
        raise ProgrammingError("\\i takes one file name", sqlstate="42601")
    path = Path(arguments[0]).expanduser()
    if terminal.scripts_deep >= SCRIPTS_DEEP_MAX:
        raise ProgrammingError(f"{path}: scripts include each other too deeply", sqlstate="54001")
    try:
        with path.open(encoding="utf-8") as lines:
            terminal.scripts_deep += 1
            worked = terminal.run_lines(iter(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
    finally:
        terminal.scripts_deep = max(0, terminal.scripts_deep - 1)
    if not worked:
        raise ProgrammingError(f"{path}: stopped at the error above", sqlstate="42000")


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> DataError | OperationalError:
    """Return the error of a file that cannot be read."""
    if isinstance(error, OSError):
        return OperationalError(f"{path}: {(error.strerror or 'cannot be read').lower()}", sqlstate="58P01")
    return DataError(f"{path}: not UTF-8 text at byte {error.start}", sqlstate="22021")


def echo(terminal: Terminal, arguments: list[str]) -> None:
    """`\\echo TEXT`."""
    terminal.output.write(" ".join(arguments) + "\n")


def connection_info(terminal: Terminal, arguments: list[str]) -> None:
    """`\\conninfo`: which database this is."""
    terminal.output.write(
        f"You are connected to the database in {terminal.session.database.path} (embedded).\n"
    )


def leave(terminal: Terminal, arguments: list[str]) -> None:
    """`\\q`."""
    raise Quit


def show_help(terminal: Terminal, arguments: list[str]) -> None:
    """`\\?`: the commands."""
    out = ["Statements end with a semicolon. Commands end with the line:", ""]
    for command in COMMANDS.values():
        usage = f"\\{command.name} {command.arguments}".rstrip()
        out.append(f"  {usage:<42}{command.purpose}")
    out += ["", "Keys: Tab completes, Up and Ctrl-R look back, Ctrl-C cancels, Ctrl-D leaves."]
    terminal.output.write("\n".join(out) + "\n")


def copy_file(terminal: Terminal, arguments: list[str]) -> None:
    """`\\copy TABLE [(COLUMNS)] FROM 'FILE' [WITH (...)]`, and `TO`."""
    started = time.perf_counter()
    count = copy(terminal, arguments[0])
    terminal.output.write(f"COPY {count}\n")
    terminal.show_time((time.perf_counter() - started) * 1e3)


COMMANDS = {
    command.name: command
    for command in (
        Command("d", "[TABLE]", "tables, or the columns and indexes of one", describe_relation),
        Command("dt", "[PATTERN]", "tables", list_tables),
        Command("di", "[PATTERN]", "indexes", list_indexes),
        Command("copy", "TABLE FROM|TO 'FILE' [WITH (...)]", "load or write a file (text, csv)", copy_file),
        Command("i", "FILE", "run the statements of a file", include),
        Command("timing", "[on|off]", "show how long each statement takes", switch_timing),
        Command("x", "[on|off]", "show each row as a list of its columns", switch_expanded),
        Command("echo", "TEXT", "print a text", echo),
        Command("conninfo", "", "say which database this is", connection_info),
        Command("?", "", "this list", show_help),
        Command("q", "", "leave", leave),
    )
}
