"""LISTEN, NOTIFY and UNLISTEN, read from words: a channel may be called almost anything."""

from __future__ import annotations

from vql.language import ast
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme


def read_about_notifications(lexemes: list[Lexeme]) -> ast.AboutNotifications | None:
    """Return the statement, None where it is another one. Raises 42601."""
    words = LexemeReader(lexemes)
    if not words.is_word("listen", "notify", "unlisten"):
        return None
    made: ast.AboutNotifications
    match words.name():
        case "listen":
            made = ast.Listen(words.name())
        case "notify":
            made = ast.Notify(words.name(), words.string() if words.accept_mark(",") else "")
        case _:
            made = ast.Unlisten(None if words.accept_mark("*") else words.name())
    words.end()
    return made
