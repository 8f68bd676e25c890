"""ALTER SYSTEM, and ALTER ROLE and ALTER DATABASE with SET and RESET: what sessions to come begin with. What
stands behind the name is a SET or RESET of its own."""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import SyntaxError
from vql.language import ast
from vql.language.build.objects.roles import named_role
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme

Parse = Callable[[list[Lexeme]], ast.Statement | None]
FROM_CURRENT = ["from", "current"]


def read_configured(lexemes: list[Lexeme], parse: Parse) -> ast.AlterSystem | ast.AlterSettings | None:
    """Return the statement, None where it is none of these. Raises 42601."""
    words = LexemeReader(lexemes)
    if not words.accept("alter"):
        return None
    if words.accept("system"):
        setting, _ = _setting(words, lexemes, parse, can_be_current=False)
        return ast.AlterSystem(setting)
    role: ast.RoleName | None = None
    database: str | None = None
    is_of_role = words.accept("role") or words.accept("user")
    if is_of_role:
        if not words.accept("all"):
            role = named_role(words)
        if words.accept("in", "database"):
            database = words.name()
    elif words.accept("database"):
        database = words.name()
    else:
        return None
    if not words.is_word("set", "reset"):
        return None
    setting, from_current = _setting(words, lexemes, parse, can_be_current=True)
    return ast.AlterSettings(setting, role, database, is_of_role, from_current)


def _setting(
    words: LexemeReader, lexemes: list[Lexeme], parse: Parse, *, can_be_current: bool
) -> tuple[ast.Set, bool]:
    """Return the SET or RESET that comes next, and whether it is SET name FROM CURRENT."""
    rest = lexemes[words.place :]
    if not words.is_word("set", "reset"):
        raise words.error()
    if can_be_current and [each.value for each in rest[-2:]] == FROM_CURRENT:
        words.take("set")
        name = ".".join(words.qualified())
        words.take("from", "current")
        words.end()
        return ast.Set(name, None), True
    made = parse(rest)
    if not isinstance(made, ast.Set) or made.local or made.name.endswith("_mode"):
        raise SyntaxError(f'syntax error at or near "{rest[-1].value}"', position=rest[-1].start + 1)
    return made, False
