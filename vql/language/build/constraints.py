"""Constraints of tables and columns: what their rules and the words behind them say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lark import Token

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.pieces import Args, Marked, NameToken, span_of, words
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme


def key_definition(a: Args, columns: tuple[str, ...] = ()) -> ast.Key:
    """Return the key that a rule of a table or a column says."""
    kinds = words(a)
    alike = "NULLS_NOT_DISTINCT" in kinds
    options = next((x for x in a if type(x) is tuple), ())
    return ast.Key(
        "PRIMARY_KEY" in kinds, columns, nulls_are_alike=alike, included=included_of(a), options=options,
        span=span_of(a[0]),
    )  # fmt: skip


def included_of(a: Args) -> tuple[str, ...]:
    """Return the columns of INCLUDE."""
    return next((x[1] for x in a if isinstance(x, Marked) and x[0] == "included"), ())


def foreign_key(
    table: tuple[str, ...],
    referenced: tuple[str, ...],
    options: Sequence[tuple[Token, tuple[str, ...]]],
    span: ast.Span,
) -> ast.ForeignKeyDefinition:
    """Return a foreign key with what MATCH, ON DELETE and ON UPDATE say. Raises 42601, 0A000."""
    made, seen = ast.ForeignKeyDefinition(table, referenced=referenced, span=span), set[str]()
    for token, columns in options:
        position = span_of(token)[0] + 1
        kind, _, value = str(token).partition(" ")
        if kind == "on":
            kind, _, value = value.partition(" ")
        if kind in seen or (columns and (kind != "delete" or not value.startswith("set"))):
            raise SyntaxError(f'syntax error at or near "{str(token).split()[0]}"', position=position)
        seen.add(kind)
        match kind:
            case "delete":
                made = replace(made, on_delete=value, set_columns=columns)
            case "update":
                made = replace(made, on_update=value)
            case _ if value == "partial":
                raise NotSupportedError("MATCH PARTIAL not yet implemented", position=position)
            case _:
                made = replace(made, is_full=value == "full")
    return made


def read_set_constraints(lexemes: list[Lexeme]) -> ast.SetConstraints:
    """Return SET CONSTRAINTS. Raises 42601."""
    words, names = LexemeReader(lexemes), []
    words.take("set", "constraints")
    if not words.accept("all"):
        names += words.listed(words.qualified)
    is_deferred = words.any_of("deferred", "immediate") == "deferred"
    words.end()
    return ast.SetConstraints(tuple(names), is_deferred)


def constrained(made: ast.Constraint, a: Args) -> ast.Constraint:
    """Return a constraint with its name and what stands behind it. Raises 42601, 0A000."""
    name = next((each for each in a if isinstance(each, NameToken)), None)
    if name is not None:
        made = replace(made, name=str(name), span=span_of(a[0]))
    said = [each for each in a if isinstance(each, Token) and each.type == "CONSTRAINT_ATTRIBUTE"]
    for token in said:
        if str(token) == "not enforced":
            raise NotSupportedError(
                "NOT ENFORCED constraints are not supported yet", position=span_of(token)[0] + 1
            )
    given = [str(token) for token in said]
    is_deferred = "initially deferred" in given
    if is_deferred and "not deferrable" in given:
        position = span_of(said[-1])[0] + 1
        raise SyntaxError("constraint declared INITIALLY DEFERRED must be DEFERRABLE", position=position)
    is_deferrable = is_deferred or "deferrable" in given
    if isinstance(made, ast.ForeignKeyDefinition | ast.Key):
        made = replace(made, is_deferrable=is_deferrable, is_deferred=is_deferred)
    elif is_deferrable:
        position = span_of(said[0])[0] + 1
        raise NotSupportedError("CHECK constraints cannot be marked DEFERRABLE", position=position)
    if isinstance(made, ast.Key) or "not valid" not in given:
        return made
    return replace(made, is_validated=False)
