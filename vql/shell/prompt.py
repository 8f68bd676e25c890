"""The prompt: prompt-toolkit's editor with our words, colours and completion.

Enter ends a statement where it ends in a semicolon, a command where the line does; otherwise it
goes on in a new line. History is kept in one file for all databases.
"""

from __future__ import annotations

import os
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

from vql.language import words as script
from vql.shell.completion import candidates
from vql.shell.statements import Shell
from vql.shell.terminal import Quit

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
        seen = self._shell.session.tables()
        tables = {name: table for _, name in seen.own if (table := seen.find((name,))) is not None}
        word, found = candidates(document.text_before_cursor, tables)
        for name in found:
            yield Completion(name, start_position=-len(word))


def converse(shell: Shell) -> None:
    """Ask for statements and run them until the user leaves."""
    shell.interactive = True
    name = shell.session.database.path.resolve().name
    session: PromptSession[str] = PromptSession(
        history=open_history(),
        lexer=SqlLexer(),
        completer=SqlCompleter(shell),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        multiline=True,
        key_bindings=bindings(),
        style=Style.from_dict(COLOURS),
        prompt_continuation=lambda width, number, wrapped: [("class:prompt", f"{name}-> ".rjust(width))],
        enable_open_in_editor=True,
    )
    shell.output.write("VQL. Statements end with ; and \\? lists the shell's commands.\n")
    while True:
        shell.output.flush()
        try:
            text = session.prompt(lambda: [("class:prompt", f"{name}{mark(shell)} ")])
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            if text.strip():
                shell.run_text(text)
        except Quit:
            return


def mark(shell: Shell) -> str:
    """Return the prompt's end: `*` in a transaction, `!` in a failed one, as psql has it."""
    return {"I": "=>", "T": "=*>", "E": "=!>"}[shell.session.transaction_status]


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
    """Whether Enter runs a text."""
    stripped = text.strip()
    return not stripped or stripped.startswith("\\") or script.is_complete(text)


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
