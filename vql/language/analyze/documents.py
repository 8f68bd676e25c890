"""Column definition lists: `json_to_record(j) AS t(a integer)` as a query over the members of documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vql.errors import DuplicateColumn, NotSupportedError, ProgrammingError
from vql.functions.declare import FUNCTIONS
from vql.functions.json.records import NAMES, documents, member
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.names import unique_columns
from vql.language.analyze.resolution.coerce import ASSIGNMENT, as_type, is_string
from vql.language.ast.walk import type_written
from vql.types.json.json import JSON, JSONB
from vql.types.type import BOOLEAN, TEXT, Type

DOCUMENT = "vql__document"
Note = Callable[[int, Type], Type]


def check_definitions(node: ast.CallRef, calls: Sequence[tree.Expr]) -> None:
    """Raise 42601 where a call has a list of columns that it may not have, or lacks one."""
    if node.definitions and node.ordinality:
        raise ProgrammingError(
            "WITH ORDINALITY cannot be used with a column definition list", sqlstate="42601",
            position=node.definitions[0][1].span[0] + 1,
        )  # fmt: skip
    for call, found in zip(node.calls, calls, strict=False):
        is_open = isinstance(found, tree.FuncExpr) and found.function.name in NAMES
        position = call.span[0] + 1
        if is_open and not node.definitions:
            what = 'required for functions returning "record"'
        elif node.definitions and not is_open:
            has_columns = isinstance(found, tree.FuncExpr) and found.function.has_row_type
            what = "redundant for a function with OUT parameters"
            what = what if has_columns else 'only allowed for functions returning "record"'
            position = node.definitions[0][1].span[0] + 1
        else:
            continue
        raise ProgrammingError(f"a column definition list is {what}", sqlstate="42601", position=position)


def rows_of_documents(node: ast.CallRef, call: tree.FuncExpr, alias: str, note: Note) -> tree.RangeQuery:
    """Return the rows that a call gives of the columns it lists."""
    names = [name for name, _ in node.definitions]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise DuplicateColumn(f'column name "{name}" specified more than once')
    types = [type_written(type_) for _, type_ in node.definitions]
    kind = call.arguments[0].type.sized(None)
    given = tree.FuncExpr(documents(call.function.name), call.arguments, kind, call.span)
    source = tree.RangeFunction(
        (given,), DOCUMENT, (tree.OutputColumn(DOCUMENT, DOCUMENT, kind),), ordinality=False
    )
    columns = unique_columns(names, types)
    targets = tuple(
        tree.Target(_member(name, type_, kind, note), column.name, column.column)
        for name, type_, column in zip(names, types, columns, strict=True)
    )
    query = tree.SelectQuery(columns=columns, targets=targets, sources=(source,))
    return tree.RangeQuery(query, alias, columns, lateral=True)


def _member(name: str, type_: Type, kind: Type, note: Note) -> tree.Expr:
    """Return the member of a document that a column is, as an assignment makes it one of its type."""
    is_json = type_.element.base in (JSON, JSONB) or type_.composite is not None
    is_array = type_.is_array
    if type_.domain is not None:
        raise NotSupportedError("columns of domains are not supported in a column definition list yet")
    found = tree.FuncExpr(
        member(kind.name, is_json, is_array), (tree.Var(DOCUMENT, DOCUMENT, kind), tree.Const(name, TEXT)),
        kind if is_json and not is_array else TEXT,
    )  # fmt: skip
    if type_.composite is not None:
        (populate,) = FUNCTIONS[f"{kind.name}_populate_record"]
        empty = (tree.Const(None, type_), found, tree.Const(False, BOOLEAN))
        return tree.FuncExpr(populate, empty[: len(populate.arguments)], type_)
    if (is_json and not is_array) or is_string(type_):
        return as_type(found, type_, note, ASSIGNMENT)
    return tree.Coerce(found, type_, by_text=True)
