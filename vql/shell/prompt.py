"""The prompt: prompt-toolkit's editor with our words, colours and completion.

Enter ends a statement where it ends in a semicolon, a command where the line does; otherwise it
goes on in a new line. History is kept in one file for all databases.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from vql.errors import Error
from vql.language import words as script
from vql.shell.completion import candidates
from vql.shell.scanner import Complete, Invocation, Scanner, has_words
from vql.shell.screen.display import AUTO
from vql.shell.statements import Shell
from vql.shell.terminal import Quit

HELP = """\
Type statements of SQL, which end with a semicolon:
  CREATE TABLE shoes (id int PRIMARY KEY, brand text, vec vector(3));
  SELECT id FROM shoes ORDER BY l2(vec, '[1,2,3]') LIMIT 10;
Commands begin with a backslash:
  \\?          all of them
  \\h SELECT   how a statement is written
  \\d          the tables; \\d NAME describes one
  \\copy       loads a file
  \\q          leaves; so do quit, exit and Ctrl-D
"""
ADVICE = {
    "help": "Use \\? for help or press Ctrl-C to clear the input.",
    "exit": "Use \\q to leave or press Ctrl-C to clear the input.",
    "quit": "Use \\q to leave or press Ctrl-C to clear the input.",
}

# Colours of the terminal's own palette, readable on dark and light.
COLOURS = {
    "keyword": "bold ansiblue",
    "string": "ansigreen",
    "number": "ansicyan",
    "vector": "ansicyan",
    "comment": "italic ansibrightblack",
    "parameter": "ansimagenta",
    "command": "ansimagenta",
    "prompt": "bold",
    "auto-suggestion": "ansibrightblack",
}


class SqlLexer(Lexer):
    """Colours a text line by line from the language's own pieces."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return a function from line number to its coloured pieces."""
        lines: list[StyleAndTextTuples] = [[]]
        text = document.text
        command = text.lstrip().startswith("\\")
        for kind, piece in [("command", text)] if command else script.pieces(text):
            for i, part in enumerate(piece.split("\n")):
                if i:
                    lines.append([])
                lines[-1].append((f"class:{kind}", part))
        return lambda number: lines[number] if number < len(lines) else []


class SqlCompleter(Completer):
    """Offers what `completion.candidates` finds in the catalog of this moment."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the completions at the cursor."""
        names = self._shell.names
        names.refresh()
        variables = [name for name, _ in self._shell.variables.items()]
        word, found = candidates(document.text_before_cursor, names, variables)
        for name in found:
            yield Completion(name, start_position=-len(word))


def converse(shell: Shell, read_rc: bool = True) -> None:
    """Ask for statements and run them until the user leaves."""
    shell.interactive = True
    # Who starts it in the background of a script has Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    name = shell.link.name
    history = open_history()
    shell.history = lambda: list(reversed(list(history.load_history_strings())))
    if shell.display.expanded == "off":
        shell.display.expanded = AUTO
    session: PromptSession[str] = PromptSession(
        history=history,
        lexer=SqlLexer(),
        completer=SqlCompleter(shell),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        multiline=True,
        key_bindings=bindings(),
        style=Style.from_dict(COLOURS),
        prompt_continuation=lambda width, number, wrapped: [("class:prompt", f"{name}-> ".rjust(width))],
        rprompt=lambda: advice(session.default_buffer.text),
        enable_open_in_editor=True,
    )
    if read_rc:
        run_rc(shell)
    shell.output.write("VQL. Statements end with ; and help says more.\n")
    while True:
        shell.output.flush()
        try:
            # What has been typed and not been run, as before a command, can be typed on.
            begun = shell.scanner.take().strip()
            text = session.prompt(lambda: [("class:prompt", f"{name}{mark(shell)} ")], default=begun)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            run_typed(shell, text)
        except Quit:
            return


def run_typed(shell: Shell, text: str) -> None:
    """Run what was typed: a word for the shell itself, or statements and commands. Raises Quit."""
    match text.strip().rstrip(";").strip().lower():
        case "":
            return
        case "exit" | "quit":
            raise Quit
        case "help":
            shell.output.write(HELP)
        case _:
            shell.run_text(text)


def run_rc(shell: Shell) -> None:
    """Run the commands a user wants at every start."""
    path = Path(os.environ.get("VQLRC") or "~/.vqlrc").expanduser()
    try:
        with path.open(encoding="utf-8") as lines:
            quiet = shell.variables.is_on("QUIET")
            shell.variables.note(QUIET="on")
            shell.run_lines(lines)
            shell.variables.note(QUIET="on" if quiet else "off")
    except (OSError, UnicodeDecodeError):
        return


def advice(text: str) -> str | None:
    """Return what to do for one who types a word of the shell in the midst of a statement."""
    lines = text.rstrip().split("\n")
    word = lines[-1].strip().lower() if len(lines) > 1 else ""
    return ADVICE.get(word)


def mark(shell: Shell) -> str:
    """Return the prompt's end: `*` in a transaction, `!` in a failed one, as psql has it."""
    return {"I": "=>", "T": "=*>", "E": "=!>"}[shell.link.status]


def bindings() -> KeyBindings:
    """Enter runs a finished text and opens a line in an unfinished one."""
    made = KeyBindings()

    @made.add("enter")
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_finished(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return made


def is_finished(text: str) -> bool:
    """Whether Enter runs a text: where nothing is left open behind its last semicolon, where its last line
    has a command, and where it is a word for the shell itself."""
    if text.strip().rstrip(";").strip().lower() in ("", "help", "exit", "quit"):
        return True
    scanner = Scanner()
    last: Complete | Invocation | None = None
    try:
        for line in text.splitlines(keepends=True):
            last = None
            for event in scanner.read(line):
                last = event
    except Error:
        return True  # the shell says what is wrong
    if isinstance(last, Invocation):
        return True
    return not scanner.is_quoted and not has_words(scanner.buffer)


def history_file() -> Path:
    """Return where history is kept."""
    given = os.environ.get("VQL_HISTORY")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "vql" / "history"


def open_history() -> History:
    """Return the history, in memory alone where its file cannot be written."""
    path = history_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a"):
            pass
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
