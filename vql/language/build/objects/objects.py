"""CREATE, ALTER and DROP of schemas and views, read word by word; the query of a view goes to the parser,
sequences, extensions and types to files of their own."""

from __future__ import annotations

from dataclasses import replace

from vql.errors import InvalidParameterValue, NotSupportedError
from vql.language import ast
from vql.language.build.objects.extensions import read_extension
from vql.language.build.objects.routines import read_routine
from vql.language.build.objects.sequences import (
    read_alter_sequence,
    read_create_sequence,
    read_drop_sequences,
)
from vql.language.build.reader import LexemeReader, Parsed, cascades, role
from vql.language.build.types import read_type
from vql.language.lexer import Lexeme

# What is read here, by the words behind CREATE, ALTER or DROP.
OBJECTS = ("schema", "view", "sequence", "type", "domain", "extension", "function", "routine")
TEMPORARY = ("temp", "temporary", "local", "global")
# The ends of CREATE VIEW, and which conditions hold of rows that are written through it.
CHECK_OPTIONS = {
    ("with", "local", "check", "option"): "local",
    ("with", "cascaded", "check", "option"): "cascaded",
    ("with", "check", "option"): "cascaded",
}


def is_of_objects(lexemes: list[Lexeme]) -> bool:
    """Whether a statement is one of those read here."""
    words = LexemeReader(lexemes)
    if not words.is_word("create", "alter", "drop"):
        return False
    words = LexemeReader(lexemes, 1)
    _ = words.accept("or", "replace")
    while words.is_word(*TEMPORARY, "recursive"):
        words.name()
    return words.is_word(*OBJECTS)


def read_object(lexemes: list[Lexeme], sql: str, parsed: Parsed) -> ast.Statement:
    """Return the statement. Raises 42601, 0A000."""
    words = LexemeReader(lexemes, 1)
    verb = lexemes[0].value
    or_replace = verb == "create" and words.accept("or", "replace")
    is_temporary = False
    while verb == "create" and words.is_word(*TEMPORARY):
        is_temporary = words.name() in ("temp", "temporary")
    if words.is_word("recursive"):
        raise NotSupportedError("CREATE RECURSIVE is not supported yet", position=lexemes[0].start + 1)
    kind = words.any_of(*(("view", "sequence") if is_temporary else OBJECTS))
    match verb, kind:
        case "create", "sequence":
            made: ast.Statement = replace(read_create_sequence(words), temporary=is_temporary)
        case "alter", "sequence":
            made = read_alter_sequence(words)
        case _, "sequence":
            made = read_drop_sequences(words)
        case "create", "view":
            view = _create_view(words, lexemes, sql, parsed, or_replace)
            return replace(view, temporary=is_temporary)
        case "alter", "view":
            made = _alter_view(words, lexemes)
        case _, "view":
            made = _drop_views(words)
        case _, "function" | "routine":
            made = read_routine(words, verb, or_replace, parsed, sql)
        case _, "extension":
            made = read_extension(words, verb)
        case "create", "schema":
            made = _create_schema(words, lexemes)
        case "alter", "schema":
            made = _alter_schema(words)
        case _, "schema":
            made = _drop_schema(words)
        case _:
            made = read_type(words, verb, kind, parsed, sql)
    words.end()
    return made


def _create_schema(words: LexemeReader, lexemes: list[Lexeme]) -> ast.CreateSchema:
    if_not_exists = words.accept("if", "not", "exists")
    name = "" if words.is_word("authorization") else words.name()
    owner = role(words) if words.accept("authorization") else ""
    if words.is_word("create", "grant"):
        raise NotSupportedError(
            "CREATE SCHEMA with what is in it is not supported yet", position=lexemes[words.place].start + 1
        )
    return ast.CreateSchema(name or owner, owner, if_not_exists)


def _alter_schema(words: LexemeReader) -> ast.AlterSchema:
    name = words.name()
    if words.accept("rename"):
        words.take("to")
        return ast.AlterSchema(name, words.name())
    words.take("owner", "to")
    return ast.AlterSchema(name, owner=role(words))


def _drop_schema(words: LexemeReader) -> ast.DropSchema:
    if_exists = words.accept("if", "exists")
    names = words.listed(words.name)
    return ast.DropSchema(tuple(names), if_exists, cascades(words))


def _create_view(
    words: LexemeReader, lexemes: list[Lexeme], sql: str, parsed: Parsed, or_replace: bool
) -> ast.CreateView:
    start = words.place
    name = words.qualified()
    span = (lexemes[start].start, lexemes[words.place - 1].end)
    columns: list[str] = []
    if words.accept_mark("("):
        columns += words.listed(words.name)
        words.take_mark(")")
    check = _view_options(words) if words.accept("with") else ""
    words.take("as")
    query = words.rest()
    for said, option in CHECK_OPTIONS.items():
        if tuple(lexeme.value for lexeme in query[-len(said) :]) == said:
            query, check = query[: -len(said)], option
            break
    text = sql[query[0].start : query[-1].end]
    return ast.CreateView(
        name, parsed(query), text, tuple(columns), or_replace, check_option=check, span=span
    )


def _view_options(words: LexemeReader) -> str:
    """Return what WITH (...) says of CHECK OPTION. Raises 42601, 22023, 0A000."""
    found, more = "", True
    words.take_mark("(")
    while more:
        name = words.name()
        if name != "check_option":
            raise NotSupportedError(f"the option {name} of views is not supported yet")
        words.take_mark("=")
        found = words.name()
        if found not in ("local", "cascaded"):
            raise InvalidParameterValue(
                f'invalid value for enum option "check_option": {found}',
                detail='Valid values are "local" and "cascaded".',
            )
        more = words.accept_mark(",")
    words.take_mark(")")
    return found


def _alter_view(words: LexemeReader, lexemes: list[Lexeme]) -> ast.AlterView:
    if_exists = words.accept("if", "exists")
    name = words.qualified()
    action: ast.Rename | ast.SetSchema | ast.ChangeOwner
    if words.accept("rename", "to"):
        action = ast.Rename(words.name())
    elif words.accept("set", "schema"):
        action = ast.SetSchema(words.name())
    elif words.accept("owner", "to"):
        action = ast.ChangeOwner(role(words))
    else:
        raise NotSupportedError(
            f"ALTER VIEW ... {lexemes[words.place].value.upper()} is not supported yet",
            position=lexemes[0].start + 1,
        )
    return ast.AlterView(name, action, if_exists)


def _drop_views(words: LexemeReader) -> ast.DropView:
    if_exists = words.accept("if", "exists")
    names = words.listed(words.qualified)
    return ast.DropView(tuple(names), if_exists, cascades(words))
