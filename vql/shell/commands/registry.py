"""The shell's own commands, which start with a backslash.

`COMMANDS` is the whole list: what `\\?` prints, what is completed, what runs.
"""

from __future__ import annotations

from collections.abc import Callable

from vql.dataclass import dataclass
from vql.errors import ProgrammingError
from vql.shell.commands import catalog, describe, display, files
from vql.shell.commands.hints import nearest
from vql.shell.commands.usage import USAGES, usage_of
from vql.shell.scanner import Invocation
from vql.shell.terminal import Quit, Terminal


@dataclass(frozen=True, slots=True)
class Command:
    """A backslash command: its name, arguments as shown, what it does, the function, and the letters that may
    stand behind its name: `+` for more, `S` for what belongs to the system."""

    name: str
    arguments: str
    purpose: str
    run: Callable[[Terminal, Invocation], None]
    letters: str = ""


def run_command(terminal: Terminal, call: Invocation) -> None:
    """Run a command. Raises 42601 for an unknown one."""
    if terminal.restricted_by and call.name != "unrestrict":
        raise ProgrammingError(
            "backslash commands are restricted; only \\unrestrict is allowed", sqlstate="42501"
        )
    command = command_named(call.name)
    if command is None:
        meant = nearest(call.name, COMMANDS)
        hint = f"Did you mean \\{meant}? " if meant else ""
        raise ProgrammingError(
            f"invalid command \\{call.name}", sqlstate="42601", hint=f"{hint}Try \\? for help."
        )
    command.run(terminal, call)


def command_named(name: str) -> Command | None:
    """Return the command of a name with its letters; `\\dti` is `\\d` of two kinds."""
    if name in COMMANDS:
        return COMMANDS[name]
    bare = name.rstrip("+S")
    command = COMMANDS.get(bare)
    if command is None and len(bare) > 2 and bare[0] == "d" and set(bare[1:]) <= set(describe.LISTED_KINDS):
        command = COMMANDS["dt"]
    if command is not None and set(name[len(bare) :]) <= set(command.letters):
        return command
    return None


def echo(terminal: Terminal, call: Invocation) -> None:
    """`\\echo TEXT`; -n leaves the line open. `\\qecho` writes where results go, `\\warn` to the errors."""
    words = list(call.arguments)
    end = "\n"
    if words[:1] == ["-n"]:
        words.pop(0)
        end = ""
    stream = {"qecho": terminal.results, "warn": terminal.errors}.get(call.name, terminal.output)
    stream.write(" ".join(words) + end)


def connection_info(terminal: Terminal, call: Invocation) -> None:
    """`\\conninfo`: which database this is."""
    terminal.output.write(f"{terminal.link.about()}\n")


def restrict(terminal: Terminal, call: Invocation) -> None:
    """`\\restrict KEY`, `\\unrestrict KEY`: what stands between is SQL alone, whatever is in it."""
    if len(call.arguments) != 1:
        raise ProgrammingError(f"\\{call.name} takes one key", sqlstate="42601")
    if call.name == "restrict":
        terminal.restricted_by = call.arguments[0]
    elif call.arguments[0] != terminal.restricted_by:
        raise ProgrammingError("\\unrestrict: wrong key, or not restricted", sqlstate="42501")
    else:
        terminal.restricted_by = ""


def leave(terminal: Terminal, call: Invocation) -> None:
    """`\\q`."""
    raise Quit


def show_usage(terminal: Terminal, call: Invocation) -> None:
    """`\\h [STATEMENT]`: how a statement is written."""
    words = " ".join(call.arguments).rstrip("; ")
    if not words:
        names = "\n".join(f"  {name}" for name in sorted(USAGES))
        terminal.write(f"\\h and one of these says how it is written:\n{names}\n")
        return
    found = USAGES if words == "*" else usage_of(words)
    if not found:
        meant = nearest(words, [name.lower() for name in USAGES])
        hint = f"Did you mean \\h {meant.upper()}?" if meant else "\\h lists the statements."
        raise ProgrammingError(f'there is no statement "{words}"', sqlstate="42601", hint=hint)
    terminal.write("\n".join(f"{form}\n" for form in found.values()))


def show_help(terminal: Terminal, call: Invocation) -> None:
    """`\\?`: the commands."""
    out = ["Statements end with a semicolon. Commands end with the line, or at the next backslash.", ""]
    for head, commands in GROUPS.items():
        out.append(head)
        for command in commands:
            letters = f"[{command.letters}]" if command.letters else ""
            usage = f"\\{command.name}{letters} {command.arguments}".rstrip()
            out.append(f"  {usage:<38} {command.purpose}")
        out.append("")
    out.append("Keys: Tab completes, Up and Ctrl-R look back, Ctrl-C cancels, Ctrl-D leaves.")
    terminal.write("\n".join(out) + "\n")


GROUPS: dict[str, tuple[Command, ...]] = {
    "General": (
        Command("?", "", "this list", show_help),
        Command("h", "[STATEMENT]", "how a statement is written", show_usage),
        Command("conninfo", "", "say which database this is", connection_info),
        Command("timing", "[on|off]", "show how long each statement takes", display.switch_timing),
        Command("q", "", "leave", leave),
    ),
    "The statement that is typed, or the last": (
        Command("g", "[(OPTION=VALUE)] [FILE]", "run it; results to a file, |command", files.run_typed_query),
        Command("gx", "[FILE]", "run it, each row as a list of its columns", files.run_typed_query),
        Command("gset", "[PREFIX]", "run it, set variables to its row", files.set_from_query),
        Command("gexec", "", "run it, and each value of its answer", files.run_cells),
        Command("watch", "[SECONDS] [COUNT]", "run it again and again", files.watch_query),
        Command("e", "[FILE]", "edit it, or a file, in EDITOR", files.edit_query),
        Command("p", "", "print it", files.print_query),
        Command("r", "", "forget it", files.reset_query),
        Command("w", "FILE", "write it to a file", files.write_query),
    ),
    "Files": (
        Command("copy", "TABLE FROM|TO 'FILE' [WITH (...)]", "load or write a file", files.copy_file),
        Command("i", "FILE", "run the statements of a file", files.include),
        Command("o", "[FILE]", "results to a file, or |command", files.send_output),
        Command("restrict", "KEY", "take no backslash commands until \\unrestrict KEY", restrict),
        Command("unrestrict", "KEY", "take them again; files of pg_dump do both", restrict),
        Command("s", "[FILE]", "print what has been typed, or write it to a file", files.write_history),
        Command("cd", "[FOLDER]", "where file names begin", files.change_folder),
        Command("!", "[COMMAND]", "run a command of the system", files.run_program),
    ),
    "The database": (
        Command("d", "[NAME]", "relations, or one in full", describe.describe_relation, "S+"),
        Command("dt", "[PATTERN]", "tables; \\dti tables and indexes", describe.list_relations, "S+"),
        Command("dv", "[PATTERN]", "views", describe.list_relations, "S+"),
        Command("dm", "[PATTERN]", "materialized views", describe.list_relations, "S+"),
        Command("di", "[PATTERN]", "indexes", describe.list_relations, "S+"),
        Command("ds", "[PATTERN]", "sequences", describe.list_relations, "S+"),
        Command("dn", "[PATTERN]", "schemas", describe.list_of(catalog.SCHEMAS), "S+"),
        Command("df", "[PATTERN]", "functions", describe.list_of(catalog.FUNCTIONS), "S+"),
        Command("dT", "[PATTERN]", "types", describe.list_of(catalog.TYPES, catalog.NO_ARRAYS_NO_ROWS), "S+"),
        Command("du", "[PATTERN]", "roles", describe.list_of(catalog.ROLES), "S+"),
        Command("dp", "[PATTERN]", "privileges", describe.list_of(catalog.PRIVILEGES, catalog.GRANTED), "S"),
        Command("dx", "[PATTERN]", "extensions", describe.list_of(catalog.EXTENSIONS), "+"),
        Command("dAc", "[INDEX KIND]", "operator classes", describe.list_of(catalog.OPERATOR_CLASSES), "+"),
        Command("dconfig", "[PATTERN]", "settings", describe.list_settings),
        Command("l", "[PATTERN]", "databases", describe.list_of(catalog.DATABASES), "+"),
        Command("sf", "NAME", "the statement that makes a function", describe.show_function, "+"),
        Command("sv", "NAME", "the statement that makes a view", describe.show_view, "+"),
    ),
    "How answers look": (
        Command("x", "[on|off|auto]", "each row as a list of its columns", display.option("expanded")),
        Command("pset", "[NAME [VALUE]]", "null, format, border, pager, ...", display.set_display),
        Command("a", "", "aligned or unaligned", display.switch_format),
        Command("t", "[on|off]", "rows alone", display.option("tuples_only")),
        Command("f", "[TEXT]", "what separates unaligned values", display.option("fieldsep")),
        Command("C", "[TEXT]", "a title above each table", display.option("title")),
    ),
    "Variables": (
        Command("set", "[NAME [VALUE]]", "set one, for which :name, :'name' stand", display.set_variable),
        Command("unset", "NAME", "forget one", display.unset_variable),
        Command("echo", "TEXT", "print a text", echo),
        Command("qecho", "TEXT", "print a text where results go", echo),
        Command("warn", "TEXT", "print a text where errors go", echo),
    ),
}  # fmt: skip
COMMANDS = {command.name: command for commands in GROUPS.values() for command in commands}
ALIASES = {
    "dg": "du", "z": "dp", "edit": "e", "include": "i", "out": "o", "write": "w", "print": "p", "reset": "r",
    "quit": "q", "exit": "q", "help": "h", "list": "l",
}  # fmt: skip
COMMANDS |= {alias: COMMANDS[name] for alias, name in ALIASES.items()}
