"""Column definition lists: `json_to_record(j) AS t(a integer)` as a query over the members of documents."""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import DuplicateColumn, NotSupportedError, ProgrammingError
from vql.functions.declare import FUNCTIONS
from vql.functions.json.records import NAMES, documents, member
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import ASSIGNMENT, as_type, is_string
from vql.language.ast.walk import type_written
from vql.types.json.json import JSON, JSONB
from vql.types.type import BOOLEAN, TEXT, Type

Note = Callable[[int, Type], Type]


def check_definitions(call: ast.Call, definitions: ast.Definitions, found: tree.Expr) -> None:
    """Raise 42601 where a call has a list of columns that it may not have, or lacks one."""
    is_open = isinstance(found, tree.FuncExpr) and found.function.name in NAMES
    if is_open == bool(definitions):
        return
    position = (definitions[0][1] if definitions else call).span[0] + 1
    if is_open:
        what = 'required for functions returning "record"'
    elif isinstance(found, tree.FuncExpr) and found.function.has_row_type:
        what = "redundant for a function with OUT parameters"
    else:
        what = 'only allowed for functions returning "record"'
    raise ProgrammingError(f"a column definition list is {what}", sqlstate="42601", position=position)


def documents_of(call: tree.FuncExpr) -> tree.FuncExpr:
    """Return the documents of which a call's rows are the members."""
    kind = call.arguments[0].type.sized(None)
    return tree.FuncExpr(documents(call.function.name), call.arguments, kind, call.span)


def members_of(document: tree.Expr, definitions: ast.Definitions, note: Note) -> list[tuple[str, tree.Expr]]:
    """Return the members of a document that columns are, by name. Raises 42701, 42704."""
    names = [name for name, _ in definitions]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise DuplicateColumn(f'column name "{name}" specified more than once')
    return [(name, _member(name, type_written(type_), document, note)) for name, type_ in definitions]


def _member(name: str, type_: Type, document: tree.Expr, note: Note) -> tree.Expr:
    """Return the member of a document that a column is, as an assignment makes it one of its type."""
    kind = document.type
    is_json = type_.element.base in (JSON, JSONB) or type_.composite is not None
    is_array = type_.is_array
    if type_.domain is not None:
        raise NotSupportedError("columns of domains are not supported in a column definition list yet")
    found = tree.FuncExpr(
        member(kind.name, is_json, is_array), (document, tree.Const(name, TEXT)),
        kind if is_json and not is_array else TEXT,
    )  # fmt: skip
    if type_.composite is not None:
        (populate,) = FUNCTIONS[f"{kind.name}_populate_record"]
        empty = (tree.Const(None, type_), found, tree.Const(False, BOOLEAN))
        return tree.FuncExpr(populate, empty[: len(populate.arguments)], type_)
    if (is_json and not is_array) or is_string(type_):
        return as_type(found, type_, note, ASSIGNMENT)
    return tree.Coerce(found, type_, by_text=True)
