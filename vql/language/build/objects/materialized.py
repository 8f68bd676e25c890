"""CREATE, ALTER, DROP and REFRESH MATERIALIZED VIEW, read word by word; the query goes to the parser."""

from __future__ import annotations

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.reader import LexemeReader, Parsed, cascades, role
from vql.language.lexer import Lexeme


def is_materialized(lexemes: list[Lexeme]) -> bool:
    """Whether a statement is one of a materialized view."""
    words = LexemeReader(lexemes)
    if not words.is_word("create", "alter", "drop", "refresh"):
        return False
    return LexemeReader(lexemes, 1).accept("materialized", "view")


def read_materialized(lexemes: list[Lexeme], sql: str, parsed: Parsed) -> ast.Statement:
    """Return the statement. Raises 42601, 0A000."""
    words = LexemeReader(lexemes, 3)
    match lexemes[0].value:
        case "create":
            return _created(words, lexemes, sql, parsed)
        case "refresh":
            concurrently = words.accept("concurrently")
            start = words.place
            name = words.qualified()
            span = words.span(start)
            made: ast.Statement = ast.RefreshMaterialized(name, concurrently, _with_data(words), span)
        case "drop":
            if_exists = words.accept("if", "exists")
            names = words.listed(words.qualified)
            made = ast.DropView(tuple(names), if_exists, cascades(words), is_materialized=True)
        case _:
            made = _altered(words, lexemes)
    words.end()
    return made


def _created(words: LexemeReader, lexemes: list[Lexeme], sql: str, parsed: Parsed) -> ast.CreateMaterialized:
    if_not_exists = words.accept("if", "not", "exists")
    start = words.place
    name = words.qualified()
    span = words.span(start)
    columns: list[str] = []
    if words.accept_mark("("):
        columns += words.listed(words.name)
        words.take_mark(")")
    if words.is_word("with", "using", "tablespace"):
        what = words.name().upper()
        raise NotSupportedError(f"{what} of materialized views is not supported yet", position=span[0] + 1)
    words.take("as")
    query = words.rest()
    with_data = True
    for said, is_filled in ((("with", "no", "data"), False), (("with", "data"), True)):
        if tuple(lexeme.value for lexeme in query[-len(said) :]) == said:
            query, with_data = query[: -len(said)], is_filled
            break
    text = sql[query[0].start : query[-1].end]
    return ast.CreateMaterialized(name, parsed(query), text, tuple(columns), if_not_exists, with_data, span)


def _with_data(words: LexemeReader) -> bool:
    if not words.accept("with"):
        return True
    is_refused = words.accept("no")
    words.take("data")
    return not is_refused


def _altered(words: LexemeReader, lexemes: list[Lexeme]) -> ast.AlterMaterialized:
    if_exists = words.accept("if", "exists")
    name = words.qualified()
    action: ast.Rename | ast.RenameColumn | ast.SetSchema | ast.ChangeOwner
    if words.accept("rename", "to"):
        action = ast.Rename(words.name())
    elif words.accept("rename"):
        words.accept("column")
        column = words.name()
        words.take("to")
        action = ast.RenameColumn(column, words.name())
    elif words.accept("set", "schema"):
        action = ast.SetSchema(words.name())
    elif words.accept("owner", "to"):
        action = ast.ChangeOwner(role(words))
    else:
        if words.is_end():
            raise SyntaxError("syntax error at end of input", position=lexemes[-1].end + 1)
        what = words.name().upper()
        raise NotSupportedError(
            f"ALTER MATERIALIZED VIEW ... {what} is not supported yet", position=lexemes[0].start + 1
        )
    return ast.AlterMaterialized(name, action, if_exists)
