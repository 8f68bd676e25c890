"""Commands that read and write files, run other programs, or have the statement that has been typed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from vql.errors import DataError, OperationalError, ProgrammingError
from vql.shell.loading import copy
from vql.shell.scanner import Invocation
from vql.shell.screen.display import set_option
from vql.shell.terminal import Reported, Terminal, open_target

SCRIPTS_DEEP_MAX = 16
WATCH_S = 2.0


def file_named(call: Invocation) -> str:
    """Return the one file name that a command takes. Raises 42601."""
    if len(call.arguments) != 1:
        raise ProgrammingError(f"\\{call.name} takes one file name", sqlstate="42601")
    return call.arguments[0].strip('"')


def include(terminal: Terminal, call: Invocation) -> None:
    """`\\i FILE`: run a script; its first error ends it."""
    path = Path(file_named(call)).expanduser()
    if terminal.scripts_deep >= SCRIPTS_DEEP_MAX:
        raise ProgrammingError(f"{path}: scripts include each other too deeply", sqlstate="54001")
    terminal.scripts_deep += 1
    try:
        with path.open(encoding="utf-8") as lines:
            worked = terminal.run_lines(iter(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
    finally:
        terminal.scripts_deep -= 1
    if not worked:
        raise ProgrammingError(f"{path}: stopped at the error above", sqlstate="42000")


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> DataError | OperationalError:
    """Return the error of a file that cannot be read."""
    if isinstance(error, OSError):
        return OperationalError(f"{path}: {(error.strerror or 'cannot be read').lower()}", sqlstate="58P01")
    return DataError(f"{path}: not UTF-8 text at byte {error.start}", sqlstate="22021")


def copy_file(terminal: Terminal, call: Invocation) -> None:
    """`\\copy TABLE [(COLUMNS)] FROM 'FILE' [WITH (...)]`, and `TO`."""
    started = time.perf_counter()
    count = copy(terminal, " ".join(call.arguments))
    terminal.say(f"COPY {count}")
    terminal.show_time((time.perf_counter() - started) * 1e3)


def send_output(terminal: Terminal, call: Invocation) -> None:
    """`\\o [FILE]`, `\\o |COMMAND`: where results go from now on."""
    terminal.send_results(call.arguments[0].strip('"') if call.arguments else None)


def write_query(terminal: Terminal, call: Invocation) -> None:
    """`\\w FILE`: write the statement that is typed, or the last, to a file."""
    file, close = open_target(file_named(call))
    file.write((terminal.scanner.buffer.strip() or terminal.last_query) + "\n")
    close()


def write_history(terminal: Terminal, call: Invocation) -> None:
    """`\\s [FILE]`: print what has been typed, or write it to a file. Raises 0A000 where nobody types."""
    if terminal.history is None:
        raise ProgrammingError("there is no history: nothing is typed here", sqlstate="0A000")
    text = "".join(f"{entry}\n" for entry in terminal.history())
    if not call.arguments:
        terminal.write(text)
        return
    file, close = open_target(file_named(call))
    file.write(text)
    close()
    terminal.output.write(f'Wrote history to file "{call.arguments[0]}".\n')


def run_program(terminal: Terminal, call: Invocation) -> None:
    """`\\! [COMMAND]`: run a command, or a shell to run many in."""
    terminal.output.flush()
    status = subprocess.run(
        call.arguments[0] if call.arguments else os.environ.get("SHELL", "/bin/sh"), shell=True
    ).returncode
    terminal.variables.note(SHELL_EXIT_CODE=status, SHELL_ERROR="true" if status else "false")


def change_folder(terminal: Terminal, call: Invocation) -> None:
    """`\\cd [FOLDER]`: where file names begin."""
    folder = Path(call.arguments[0].strip('"') if call.arguments else "~").expanduser()
    try:
        os.chdir(folder)
    except OSError as error:
        raise unreadable(folder, error) from None


# ------------------------------------------------------------------ the statement that is typed


def typed_query(terminal: Terminal, call: Invocation) -> str:
    """Return the statement that is typed, or else the last. Raises 42601 where there is none."""
    sql = terminal.query()
    if not sql:
        raise ProgrammingError(f"\\{call.name}: there is no statement", sqlstate="42601")
    return sql


def run_or_stop(terminal: Terminal, sql: str) -> None:
    """Run a statement for a command, which fails with it. Raises Reported."""
    if not terminal.statement(sql):
        raise Reported


def run_typed_query(terminal: Terminal, call: Invocation) -> None:
    """`\\g [FILE]`, `\\g |COMMAND`, `\\gx`: run the statement, its results elsewhere or expanded."""
    sql = typed_query(terminal, call)
    display = terminal.display
    options, target = _options_of(call.arguments)
    kept = dict(vars(display))
    try:
        for name, value in options:
            set_option(display, name, value)
        if call.name == "gx":
            display.expanded = "on"
        with terminal.results_sent(target):
            run_or_stop(terminal, sql)
    finally:
        vars(display).update(kept)


def _options_of(arguments: tuple[str, ...]) -> tuple[list[tuple[str, str]], str | None]:
    """Split `(format=csv null=-) FILE` into options of \\pset and the file."""
    words = list(arguments)
    options: list[tuple[str, str]] = []
    if words and words[0].startswith("("):
        inside = ""
        while words and not inside.endswith(")"):
            inside = f"{inside} {words.pop(0)}".strip()
        for word in inside.strip("()").split():
            name, _, value = word.partition("=")
            options.append((name, value))
    return options, words[0].strip('"') if words else None


def run_cells(terminal: Terminal, call: Invocation) -> None:
    """`\\gexec`: run the statement, and each value of its answer as a statement."""
    for answer in terminal.answers(typed_query(terminal, call)):
        for row in answer.rows:
            for value in row:
                if value is not None:
                    run_or_stop(terminal, value)


def set_from_query(terminal: Terminal, call: Invocation) -> None:
    """`\\gset [PREFIX]`: run the statement, and set a variable for each column of its one row."""
    answer = terminal.answers(typed_query(terminal, call))[-1]
    if len(answer.rows) != 1:
        count = "no rows" if not answer.rows else "more than one row"
        raise ProgrammingError(f"{count} returned for \\gset", sqlstate="42000")
    prefix = call.arguments[0] if call.arguments else ""
    for heading, value in zip(answer.headings or (), answer.rows[0], strict=True):
        if value is None:
            terminal.variables.unset(prefix + heading.name)
        else:
            terminal.variables.set(prefix + heading.name, value)


def print_query(terminal: Terminal, call: Invocation) -> None:
    """`\\p`: print the statement that is typed, or the last."""
    text = terminal.scanner.buffer.strip() or terminal.last_query
    terminal.output.write(f"{text}\n" if text else "Query buffer is empty.\n")


def reset_query(terminal: Terminal, call: Invocation) -> None:
    """`\\r`: forget what is typed."""
    terminal.scanner.take()
    terminal.say("Query buffer reset (cleared).")


def watch_query(terminal: Terminal, call: Invocation) -> None:
    """`\\watch [SECONDS] [COUNT]`: run the statement again and again; Ctrl-C ends it."""
    interval_s, count = _watch_arguments(call)
    sql = typed_query(terminal, call)
    terminal.last_query = sql
    done, terminal.is_interrupted = 0, False
    try:
        while (count is None or done < count) and not terminal.is_interrupted:
            if done:
                time.sleep(interval_s)
            before = terminal.display.title
            terminal.display.title = f"{time.strftime('%c')} (every {interval_s:g}s)"
            try:
                for answer in terminal.answers(sql):
                    terminal.show(answer)
            finally:
                terminal.display.title = before
            done += 1
    except KeyboardInterrupt:
        terminal.output.write("\n")


def _watch_arguments(call: Invocation) -> tuple[float, int | None]:
    """Read `2 10`, `i=2 c=10`. Raises 42601."""
    interval_s, count = WATCH_S, None
    for position, word in enumerate(call.arguments):
        name, equals, value = word.partition("=")
        name, value = (name, value) if equals else ("ic"[min(position, 1)], word)
        try:
            if name in ("i",) and 0 <= float(value) < 1e6:
                interval_s = float(value)
            elif name in ("c",) and int(value) > 0:
                count = int(value)
            else:
                raise ValueError
        except ValueError:
            raise ProgrammingError(
                f'\\watch: "{word}" is neither seconds nor a count', sqlstate="42601", hint="\\watch 2 10"
            ) from None
    return interval_s, count


def edit_query(terminal: Terminal, call: Invocation) -> None:
    """`\\e [FILE]`: edit the statement, or a file, in EDITOR; what ends in a semicolon is run."""
    if call.arguments:
        path = Path(file_named(call)).expanduser()
        text = _edited(path)
    else:
        with tempfile.TemporaryDirectory(prefix="vql") as folder:
            path = Path(folder) / "edit.sql"
            before = terminal.query()
            path.write_text(f"{before}\n" if before else "", encoding="utf-8")
            text = _edited(path)
    terminal.scanner.take()
    terminal.output.write(text)
    for event in terminal.scanner.read(text):
        if isinstance(event, Invocation):
            raise ProgrammingError("\\e edits statements, not commands", sqlstate="42601")
        run_or_stop(terminal, event.sql)


def _edited(path: Path) -> str:
    """Let the user edit a file; returns its text. Raises 58P01, 58000."""
    editor = next((os.environ[n] for n in ("VISUAL", "EDITOR") if os.environ.get(n)), None)
    editor = editor or next((name for name in ("nano", "vi") if shutil.which(name)), "vi")
    if subprocess.run(f"{editor} {shlex.quote(str(path))}", shell=True).returncode:
        raise OperationalError(f"the editor {editor} failed; EDITOR names another")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
