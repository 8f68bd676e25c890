"""CREATE, ALTER and DROP DATABASE, read word by word."""

from __future__ import annotations

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme

# Options of CREATE DATABASE.
OPTIONS = frozenset(
    """owner template encoding strategy locale lc_collate lc_ctype builtin_locale icu_locale icu_rules
    locale_provider collation_version tablespace allow_connections connection_limit is_template oid""".split()
)


def read_about_databases(lexemes: list[Lexeme]) -> ast.AboutDatabases | None:
    """Return a statement about databases, None where it is none. Raises 42601, 0A000."""
    words = LexemeReader(lexemes)
    if not words.is_word("create", "alter", "drop"):
        return None
    verb = words.name()
    if not words.accept("database"):
        return None
    made: ast.AboutDatabases
    match verb:
        case "create":
            made = ast.CreateDatabase(words.name(), _options(words))
        case "alter":
            name = words.name()
            if not words.accept("rename"):
                raise NotSupportedError(
                    "ALTER DATABASE other than RENAME TO, SET and RESET is not supported yet",
                    position=lexemes[0].start + 1,
                )
            words.take("to")
            made = ast.RenameDatabase(name, words.name())
        case _:
            if_exists, name = words.accept("if", "exists"), words.name()
            made = ast.DropDatabase(name, if_exists, _forces(words))
    words.end()
    return made


def _options(words: LexemeReader) -> tuple[tuple[str, str | None], ...]:
    """Read what a database is to be. Raises 42601 for what is no option, or is said twice."""
    found: dict[str, str | None] = {}
    words.accept("with")
    while not words.is_end():
        position = words.position
        name = "connection_limit" if words.accept("connection", "limit") else words.name()
        words.accept_mark("=")
        if name not in OPTIONS:
            raise SyntaxError(f'option "{name}" not recognized', position=position)
        if name in found:
            raise SyntaxError("conflicting or redundant options", position=position)
        if words.accept("default"):
            found[name] = None
        else:
            found[name] = str(words.number()) if words.number_next() else words.name_or_string()
    return tuple(found.items())


def _forces(words: LexemeReader) -> bool:
    if not words.accept("with") and not words.is_mark("("):
        return False
    words.take_mark("(")
    words.take("force")
    while words.accept_mark(","):
        words.take("force")
    words.take_mark(")")
    return True
