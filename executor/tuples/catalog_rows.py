"""The rows of the system catalog as lists of cells: `CatalogRows` reads one relation of it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from vql.executor.tuples.execution import Run
from vql.executor.tuples.frame import TooMany
from vql.executor.tuples.tables import ANY, EQUAL, Cells, Comparison
from vql.language.analyze import tree
from vql.language.analyze.catalog_columns import NARROWING, catalog_columns
from vql.types.type import Type

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    ANY: lambda cell, values: cell in values,
}  # fmt: skip
PLAIN_WORD = re.compile(r"\^\((\w+)\)\$")
# Steps for each row of a list: DuckDB, to which it is copied for who asks again, takes about 30 us a row.
LISTED_STEPS = 6


def plain_word(node: tree.FuncExpr) -> str:
    """Return the one text that a regular expression matches, as psql writes a name; "" of another."""
    pattern = node.arguments[1]
    is_match = node.function.name == "~" and node.function.is_operator
    if not is_match or not isinstance(pattern, tree.Const) or not isinstance(pattern.value, str):
        return ""
    found = PLAIN_WORD.fullmatch(pattern.value)
    return "" if found is None else found[1]


class CatalogRows:
    """What reads columns of a relation of the catalog, in the order of the relation's."""

    def __init__(self, node: tree.RangeTable, key: str, read: Collection[str]) -> None:
        """`read` are the names of the columns that the query reads, of this relation or another."""
        self._key = key
        self._names = catalog_columns(key)[0]
        self._columns = [column.column for column in node.columns]
        self._cells = [place for place, column in enumerate(self._columns) if column in read]
        self.columns = [self._columns[place] for place in self._cells]
        of_lists = {column.column for column in node.columns if column.type.base.category == "A"}
        self._lists = [cell for cell, column in enumerate(self.columns) if column in of_lists]

    def place_of(self, node: tree.Var) -> int:
        """Return the place of a column."""
        return self._columns.index(node.column)

    def cell_of(self, place: int) -> int:
        """Return the cell of the column at a place."""
        return self._cells.index(place)

    def compares(self, left: Type, right: Type) -> bool:
        """Whether values of these types are compared as Python does."""
        base = left.base
        if left.is_string and right.is_string:
            return base.orders_as_stored and right.base.orders_as_stored
        return base is right.base and base.category in ("N", "B") and not base.is_looked_up

    def scan(self, compared: Sequence[Comparison]) -> Callable[[Run, list[Any]], list[Cells]]:
        """Return what gives the rows that pass some conditions, given their values."""
        narrowing = NARROWING.get(self._key, ())
        equal = [place for place, each in enumerate(compared) if each.op in (EQUAL, ANY)]
        narrows = [place for place in equal if self._names[compared[place].place] in narrowing]
        by = next(iter(narrows or equal), None)
        rest = [place for place in range(len(compared)) if place != by]
        cells_of = _cells_at(self._cells)

        def scan(execution: Run, values: list[Any]) -> list[Cells]:
            if any(value is None for value in values):
                return []
            catalog = execution.environment.catalog
            assert catalog is not None, "a program that reads it asks for it"
            if not narrows:
                if execution.is_brief and not catalog.has_rows(self._key):
                    raise TooMany
                found = catalog.rows(self._key)
                if execution.is_brief:
                    execution.spend(len(found))
                elif catalog.is_first_read(self._key):
                    execution.grant(LISTED_STEPS * len(found))
            if by is not None:
                place = compared[by].place
                wanted = dict.fromkeys(values[by]) if compared[by].op == ANY else (values[by],)
                if execution.is_brief and not all(
                    catalog.has_rows(self._key, self._names[place], value) for value in wanted
                ):
                    raise TooMany
                found = [
                    row
                    for value in wanted
                    if value is not None
                    for row in catalog.rows(self._key, self._names[place], value)
                    if row[place] == value
                ]
            for p in rest:
                place, test, value = compared[p].place, TESTS[compared[p].op], values[p]
                found = [row for row in found if row[place] is not None and test(row[place], value)]
            execution.spend(len(found))
            made = list(map(cells_of, found))
            for place in self._lists:
                for cells in made:  # what is kept is nobody's to change
                    cells[place] = None if cells[place] is None else list(cells[place])
            return made

        return scan


def _cells_at(places: Sequence[int]) -> Callable[[tuple[Any, ...]], Cells]:
    """Return what takes the cells at some places of a row."""
    if len(places) < 2:
        return lambda row: [row[place] for place in places]
    get = operator.itemgetter(*places)
    return lambda row: list(get(row))
