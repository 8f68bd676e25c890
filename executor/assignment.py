"""Values on their way into columns: computed, and converted by assignment casts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from vql import schema
from vql.deadline import VALUES_BETWEEN_CHECKS, watched
from vql.errors import DataError
from vql.executor.rows.context import Context
from vql.executor.rows.sources import Source
from vql.functions.library import load_families
from vql.language import plan
from vql.language.analyze.resolution.coerce import conversion
from vql.storage.columns.column import Column
from vql.types.arrays.composite import CompositeType
from vql.types.arrays.dimensions import map_elements
from vql.types.type import UNKNOWN, Type


def computed(value: plan.Scalar | plan.Residual, rows: Source, context: Context) -> Column:
    """Return what a value assigned is in each of some rows."""
    if isinstance(value, plan.Residual):
        return context.evaluator.compute(value, rows)
    return context.evaluator.scalar(value, rows)


def fit(column: schema.Column, value: object) -> object:
    """Return the canonical value for a column, checked for its type, length and dimensions."""
    return column.type.coerce(value)


def check_width(column: schema.Column, width: int) -> None:
    """Raise pgvector's error for a vector of the wrong width."""
    if column.type.modifier is not None and width != column.type.modifier:
        raise DataError(f"expected {column.type.modifier} dimensions, not {width}")


def assigned(target: schema.Column, column: Column, context: Context) -> Column:
    """Convert a computed column to a target column's type (assignment casts)."""
    if column.type.base is target.type.base or column.type == UNKNOWN:
        return as_stored(target, column)
    before, base = column.type.composite, target.type.base
    if before is not None and isinstance(base, CompositeType) and before.type_id == base.made.type_id:
        return as_stored(target, column, partial(base.of_form, before))
    return as_stored(target, column, conversion_between(column.type, target.type, context))


def as_stored(
    target: schema.Column, column: Column, convert: Callable[[object], object] | None = None
) -> Column:
    """Return a column as a target column's; `convert` makes its values those of the target's type."""
    if column.type == target.type and not column.holds_objects:
        return column
    if column.type.is_dense and column.valid is not None and not column.valid.any():
        return Column.from_values(target.type, [None] * len(column))
    if (
        column.type.is_matrix
        and target.type.is_dense
        and column.type.base is target.type.base
        and len(column)
    ):
        check_width(target, int(column.data.shape[1]))
        return Column.of_matrix(target.type, column.data, column.valid)
    values: Iterable[object] = watched(column.values(), VALUES_BETWEEN_CHECKS)
    if convert is not None:
        values = (v if v is None else convert(v) for v in values)
    return Column.from_values(target.type, [fit(target, value) for value in values])


def conversion_between(source: Type, target: Type, context: Context) -> Callable[[object], object] | None:
    """Return what makes a canonical value one of another type, None where its own `coerce` does."""
    load_families()
    if source.is_array and target.is_array:
        element = conversion_between(source.element, target.element, context)
        return None if element is None else partial(map_elements, element)
    found = conversion(source, target)
    if found is None and target.is_string and not source.is_string:
        return source.base_in(context.evaluator.environment().style).to_text
    if found is None or found.run is None or found.willingness == "explicit":
        return None
    environment = context.evaluator.environment()

    def convert(value: object) -> object:
        made = found.applied(environment, source.base.internal(value), target.modifier)
        return None if made is None else target.base.from_internal(made)

    return convert
