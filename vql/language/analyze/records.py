"""Functions of several columns outside FROM: a row is a record, or one of its columns alone is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from vql.functions.declare import Function
from vql.language.analyze import tree
from vql.language.analyze.coerce import signature_type
from vql.types.arrays.record import RowValue


@cache
def as_record(function: Function) -> Function:
    """Return a function of several columns whose rows are records."""
    run, names = function.run, [column.name or "" for column in function.columns]
    assert run is not None, f"{function.name} is computed in Python"
    types = [signature_type(column.type).base for column in function.columns]

    def rows(*given: Any) -> Iterator[RowValue]:
        return (RowValue(row, types, names) for row in run(*given))

    return replace(function, run=rows, columns=())


def columns_of_rows(node: tree.Expr) -> list[tuple[str, tree.Expr]]:
    """Return the columns of the rows that a call gives, none of anything else."""
    if not isinstance(node, tree.FuncExpr) or not node.function.has_row_type:
        return []
    return [
        (
            column.name or "",
            replace(node, function=_column_alone(node.function, place), type=signature_type(column.type)),
        )
        for place, column in enumerate(node.function.columns)
    ]


@cache
def _column_alone(function: Function, place: int) -> Function:
    run, column = function.run, function.columns[place]
    assert run is not None, f"{function.name} is computed in Python"

    def values(*given: Any) -> Iterator[Any]:
        return (row[place] for row in run(*given))

    return replace(function, run=values, columns=(column,), result=column.type)
