"""Text to syntax tree: `parse(sql) -> ast.Statement`.

The LALR tables of grammar/vql.lark (`vql.language.tables`) are driven by our lexer's tokens and build
the tree bottom-up (`vql.language.build`). After the tree is built, `?` parameters are numbered and a bare
AS OF behind the last table is lifted to the statement.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vql.errors import Error, NotSupportedError, SyntaxError
from vql.functions.system.keywords import SQL_JSON
from vql.language import ast
from vql.language.ast.walk import nesting, nodes_of, rewrite, walk
from vql.language.build.alter import read_alter
from vql.language.build.builder import Builder
from vql.language.build.constraints import read_set_constraints
from vql.language.build.into import into_table, without_with_data
from vql.language.build.objects.absent import read_drop_absent
from vql.language.build.objects.comments import is_comment, read_comment
from vql.language.build.objects.databases import read_about_databases
from vql.language.build.objects.materialized import is_materialized, read_materialized
from vql.language.build.objects.objects import is_of_objects, read_object
from vql.language.build.objects.past import read_past
from vql.language.build.objects.roles import read_about_roles
from vql.language.build.precedence import NESTING_MAX, nesting_exceeded
from vql.language.build.reader import CLOSING, OPENING
from vql.language.build.session.blocks import read_do
from vql.language.build.session.configured import read_configured
from vql.language.build.session.cursors import cursor_words, declared, fetched
from vql.language.build.session.notifications import read_about_notifications
from vql.language.build.session.prepared import is_of_prepared, read_prepared
from vql.language.build.storage_clauses import without_storage
from vql.language.lexer import Lexeme, scan
from vql.language.sequences import begun
from vql.language.tables import Parser, Unexpected, parser
from vql.language.terminals import names_too, tokens

UNSUPPORTED = frozenset(
    """create cluster
    call checkpoint load refresh import security drop with""".split()
)
# What to do instead of what there is not.
IN_CODE = "Run the statements from the program, in one transaction."
INSTEAD = {
    "do": IN_CODE, "call": IN_CODE, "procedure": IN_CODE,
    "function": "Write the expression where it is needed, keep it in a view or in a generated column, or"
    " compute it in the program.",
    "trigger": "Use constraints, DEFAULT, generated columns and foreign keys' ON DELETE and ON UPDATE, or do"
    " it in the program, in the same transaction.",
    "event trigger": "Say it with GRANT who may define what.",
    "rule": "Use a view that can be changed through, with WITH CHECK OPTION, or row security.",
    "aggregate": "Use array_agg(), string_agg(), jsonb_agg() and their kin, and compute the rest of it.",
}  # fmt: skip
# What may follow a default in a definition.
BEHIND_DEFAULT = frozenset(
    """, ) not null primary unique check constraint default generated references deferrable
    initially""".split()
)
READABLE = {
    "NAME": "a name", "LABEL": "a name", "BARE_LABEL": "a name", "FUNCTION_NAME": "a name",
    "STRING": "a string", "INTEGER": "a number", "DECIMAL": "a number",
    "PARAMETER": "a parameter", "_LPAR": '"("', "_RPAR": '")"', "_COMMA": '","', "_DOT": '"."',
    "$END": "the end of the statement", "_SEMICOLON": '";"', "STAR": '"*"', "CASTS": '"::"', "EQ": '"="',
}  # fmt: skip


def parse(sql: str, style: str = "embedded") -> ast.Statement | None:
    """Parse one statement; None where there is only space. `style` embedded reads `?` as a
    parameter, wire as an operator. Raises SyntaxError (42601) with position and hint, 0A000."""
    lexemes = scan(sql, style == "embedded")
    while lexemes and lexemes[-1].value == ";" and lexemes[-1].kind == "mark":
        lexemes.pop()
    return parse_lexemes(lexemes, sql)


def parse_lexemes(lexemes: list[Lexeme], sql: str) -> ast.Statement | None:
    """Parse a statement that is already split into lexemes; `sql` is its text."""
    if not lexemes:
        return None
    if cursor_words(lexemes):
        return _cursor(lexemes, sql)
    if is_comment(lexemes):
        return read_comment(lexemes, lambda part: _query(part, sql))
    if is_materialized(lexemes):
        who = "materialized views must not use"
        return read_materialized(lexemes, sql, lambda part: _query(part, sql, who))
    found = (
        read_configured(lexemes, lambda part: parse_lexemes(part, sql))
        or read_about_roles(lexemes, sql, lambda part: _query(part, sql)) or read_about_databases(lexemes)
        or read_about_notifications(lexemes)
        or read_past(lexemes, lambda part: _query(part, sql))
        or read_do(lexemes) or read_drop_absent(lexemes, lambda part: _query(part, sql))
    )  # fmt: skip
    if found is not None:
        return found
    if is_of_objects(lexemes):
        return read_object(lexemes, sql, lambda part: _query(part, sql))
    if lexemes[0].kind == "word" and lexemes[0].value == "alter":
        return read_alter(lexemes, sql, lambda part: _parsed(part, sql))
    if is_of_prepared(lexemes):
        return read_prepared(lexemes, sql, lambda part: _query(part, sql))
    if [lexeme.value for lexeme in lexemes[:2]] == ["set", "constraints"]:
        return read_set_constraints(lexemes)
    into = into_table(lexemes)
    if into is None:
        return _parsed(lexemes, sql)
    words, table = into
    return replace(table, query=_query(words, sql, "SELECT INTO must not contain"))


def _parsed(lexemes: list[Lexeme], sql: str) -> ast.Statement:
    """Parse by the grammar."""
    if lexemes[0].value == "create":
        lexemes = without_storage(without_with_data(lexemes))
    try:
        tree: Any = _parser().parse(tokens(lexemes))
    except Unexpected as error:
        raise _syntax_error(sql, lexemes, error) from None
    if len(lexemes) > NESTING_MAX and nesting(tree) > NESTING_MAX:
        raise nesting_exceeded()
    numbered: ast.Statement = _number(_with_literals(tree))
    statement: ast.Statement = _of_tables(_with_texts(numbered, lexemes, sql))
    return statement


def _query(lexemes: list[Lexeme], sql: str, who: str = "views must not contain") -> ast.Query:
    """Parse the query inside of another statement, which `who` says is not to change rows."""
    query = _parsed(lexemes, sql)
    if isinstance(query, ast.WithChanges):
        raise NotSupportedError(f"{who} data-modifying statements in WITH")
    if not isinstance(query, ast.Query):
        position = lexemes[0].start + 1
        raise SyntaxError(f'syntax error at or near "{lexemes[0].value}"', position=position)
    return query


def _cursor(lexemes: list[Lexeme], sql: str) -> ast.Statement:
    """Parse DECLARE, FETCH and MOVE."""
    if lexemes[0].value != "declare":
        return fetched(lexemes)
    cursor, start = declared(lexemes)
    return replace(cursor, query=_query(lexemes[start:], sql, "DECLARE CURSOR must not contain"))


def parse_expression(sql: str) -> ast.Expression:
    """Parse one expression, as a column's default is kept: it has no parameters. Raises 42601."""
    found = parse_expressions(sql)
    if len(found) == 1:
        return found[0]
    raise SyntaxError(f"syntax error in expression: {sql}")


def parse_expressions(sql: str) -> tuple[ast.Expression, ...]:
    """Parse expressions with commas between, as the catalog lists those of an index. Raises 42601."""
    query = parse(f"SELECT {sql}", "wire")
    if isinstance(query, ast.Select) and query == ast.Select(query.items, span=query.span):
        if all(item.alias is None for item in query.items):
            return tuple(item.expression for item in query.items)
    raise SyntaxError(f"syntax error in expression: {sql}")


def split(sql: str) -> list[str]:
    """Return the statements of a script, cut at top-level semicolons; empty ones left out."""
    pieces, start = [], 0
    for lexeme in scan(sql, False):
        if lexeme.kind == "mark" and lexeme.value == ";":
            pieces.append(sql[start : lexeme.start])
            start = lexeme.end
    pieces.append(sql[start:])
    return [piece for piece in pieces if scan(piece, False)]


def is_complete(sql: str) -> bool:
    """Whether a text ends in a semicolon outside quotes and comments."""
    try:
        lexemes = scan(sql, False)
    except SyntaxError:
        return False
    return bool(lexemes) and lexemes[-1].kind == "mark" and lexemes[-1].value == ";"


@functools.cache
def _parser() -> Parser:
    return parser(Builder(), names_too)


def _syntax_error(sql: str, lexemes: Any, error: Unexpected) -> Error:
    first = lexemes[0].value
    token = error.token
    at_end = token.type == "$END"
    position = (len(sql.rstrip()) if at_end else token.start_pos or 0) + 1
    if first in UNSUPPORTED and lexemes[0].kind == "word":
        words = [lexeme.value for lexeme in lexemes[1:4] if lexeme.kind == "word"]
        second = "".join((words[2:] if words[:2] == ["or", "replace"] else words)[:1])
        known = first in ("create", "drop") and second in ("table", "index", "snapshot")
        if not known and first != "with":
            feature, hint = _unsupported([lexeme.value for lexeme in lexemes[:6] if lexeme.kind == "word"])
            return NotSupportedError(
                f"{feature} is not supported yet", hint=hint, position=lexemes[0].start + 1
            )
    if (missing := _of_no_rule(lexemes, token)) is not None:
        return NotSupportedError(f"{missing} is not supported yet", position=position)
    expected = sorted({READABLE.get(t, t.replace("_", " ").strip()) for t in error.accepted})
    hint = f"expected {', '.join(expected[:8])}" if 0 < len(expected) <= 14 else None
    found = next((place for place, x in enumerate(lexemes) if x.start == token.start_pos), None)
    if at_end or found is None:
        near = "" if at_end else sql[token.start_pos : token.end_pos]
    else:
        # Of words that are one to the grammar the first is the place, or what breaks them off.
        found += begun(lexemes, found, error.accepted)
        near = sql[lexemes[found].start : lexemes[found].end] if found < len(lexemes) else ""
        position = (lexemes[found].start if near else len(sql.rstrip())) + 1
    text = f'or near "{near}"' if near else "end of input"
    return SyntaxError(f"syntax error at {text}", position=position, hint=hint)


# What stands around a token, by how it begins.
OF_NO_RULE = {"current of": "WHERE CURRENT OF"}


def _of_no_rule(lexemes: Sequence[Lexeme], token: Any) -> str | None:
    """Return what stands at or around a token that PostgreSQL's grammar has and this one has not."""
    place = next((n for n, lexeme in enumerate(lexemes) if lexeme.start == token.start_pos), len(lexemes))
    if str(token) == "tablesample":
        return "TABLESAMPLE"
    near = " ".join(lexeme.value for lexeme in lexemes[max(place - 1, 0) : place + 2])
    named = (name for begin, name in OF_NO_RULE.items() if near.startswith(begin))
    if (name := next(named, None)) is not None:
        return name
    within: list[str] = []
    for before, mark in itertools.pairwise(lexemes[: place + 1]):
        if mark.kind == "mark" and mark.value == "(":
            within.append(before.value if before.kind == "word" else "")
        elif mark.kind == "mark" and mark.value == ")" and within:
            within.pop()
    functions = [name for name in within if name in SQL_JSON]
    return f"{functions[0].upper()} with its clauses" if functions else None


def _unsupported(words: Sequence[str]) -> tuple[str, str | None]:
    """Return what a statement is called that there is not, and what to do instead."""
    first, *rest = (word for word in words if word not in ("or", "replace", "constraint"))
    if first in ("do", "call"):
        return first.upper(), INSTEAD[first]
    second = " ".join(rest[:2] if rest[:1] in (["event"], ["foreign"]) else rest[:1])
    return f"{first} {second}".strip().upper(), INSTEAD.get(second)


# ------------------------------------------------------------------ after the tree


def _with_literals(tree: Any) -> Any:
    """Return the tree with its rows of literals as single ones, but for those of an INSERT as they are, and
    those that a query reads under a name."""
    match tree:
        case ast.Insert(query=ast.Values() as values) if values == ast.Values(values.rows, span=values.span):
            return tree
    if not any(nodes_of(tree, ast.LiteralRows)):
        return tree
    kept = set[int]()
    if isinstance(tree, ast.Select | ast.SetOperation):
        queries = [each.query for each in nodes_of(tree, ast.QueryRef)]
        queries += [each.query for each in nodes_of(tree, ast.CommonTable)]
        kept = {id(query.rows) for query in queries if isinstance(query, ast.Values)}
    return rewrite(
        tree, lambda n: n.literals() if isinstance(n, ast.LiteralRows) and id(n) not in kept else n
    )


def _number(tree: Any) -> Any:
    """Number `?` parameters in text order (their index is -1 till now)."""
    spans = sorted(node.span for node in nodes_of(tree, ast.Parameter) if node.index < 0)
    if not spans:
        return tree
    if len(spans) < sum(1 for _ in nodes_of(tree, ast.Parameter)):
        raise SyntaxError("a statement takes ? or $1 parameters, not both", position=spans[0][0] + 1)
    order = {span: index for index, span in enumerate(spans)}
    return rewrite(tree, lambda n: replace(n, index=order[n.span]) if isinstance(n, ast.Parameter) else n)


def _of_tables(tree: Any) -> Any:
    """Return the tree with the moments that are marked as a table's own as any."""

    def own(node: Any) -> Any:
        if isinstance(node, ast.AsOf) and node.kind.startswith("own "):
            return replace(node, kind=node.kind.removeprefix("own "))
        return node

    return rewrite(tree, own) if any(True for _ in nodes_of(tree, ast.AsOf)) else tree


def _with_texts(tree: Any, lexemes: list[Lexeme], sql: str) -> Any:
    """Keep the text of each DEFAULT and CHECK beside its tree."""
    if not isinstance(tree, ast.CreateTable):
        return tree
    columns = []

    def with_text(constraint: ast.Constraint) -> ast.Constraint:
        if not isinstance(constraint, ast.CheckDefinition):
            return constraint
        return replace(constraint, text=_text_in_brackets(lexemes, constraint.start, sql))

    for column in tree.columns:
        column = replace(column, constraints=tuple(map(with_text, column.constraints)))
        if column.default is not None:
            last = max(getattr(node, "span", ast.NOWHERE)[1] for node in walk(column.default))
            column = replace(column, default_text=_text_of(lexemes, column.default_start, last, sql))
        columns.append(column)
    return replace(tree, columns=tuple(columns), constraints=tuple(map(with_text, tree.constraints)))


def _text_in_brackets(lexemes: list[Lexeme], start: int, sql: str) -> str:
    """Return the text between the bracket that opens behind a place and the one that closes it."""
    first = next(place for place, lexeme in enumerate(lexemes) if lexeme.start >= start) + 1
    depth, last = 1, first
    while depth:
        if lexemes[last].kind == "mark":
            depth += (lexemes[last].value in OPENING) - (lexemes[last].value in CLOSING)
        last += 1
    return sql[lexemes[first].start : lexemes[last - 2].end]


def _text_of(lexemes: list[Lexeme], start: int, last: int, sql: str) -> str:
    """Return the text of a default that begins behind a place and whose nodes end at `last` or a little
    later: brackets and END are of none."""
    run = [lexeme for lexeme in lexemes if lexeme.start >= start]
    depth, end = 0, run[0].end
    for lexeme in run:
        if lexeme.start >= last and not depth and lexeme.value in BEHIND_DEFAULT:
            break
        if lexeme.kind == "mark":
            depth += (lexeme.value in OPENING) - (lexeme.value in CLOSING)
        end = lexeme.end
    return sql[run[0].start : end]
