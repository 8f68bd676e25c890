"""Which cell of a column is at fault: whole columns are converted at once, and looked at one by one only when
that has failed."""

from __future__ import annotations

from collections.abc import Iterable

from vql.errors import Error, InvalidParameterValue
from vql.types.type import Type


def misfit(name: str, type_: Type, cells: object, error: Exception, first: int = 0) -> Error:
    """Return the error of a column that was handed over, naming it and the first row that does not fit,
    counted from 1 behind the `first` ones; `error` is what the whole column raised."""
    where, found = f'column "{name}"', error
    if isinstance(cells, Iterable) and not isinstance(cells, str | bytes):
        try:
            for row, cell in enumerate(cells, first + 1):
                where = f'column "{name}", row {row}'
                type_.coerce(cell)
            where = f'column "{name}"'
        except Exception as cause:  # noqa: BLE001 - the cell's, whatever it is
            found = cause
    if not isinstance(found, Error):
        text = f"no value of type {type_} ({type(found).__name__}: {found})"
        return InvalidParameterValue(f"{where}: {text}")
    return type(found)(
        f"{where}: {found.message}", sqlstate=found.sqlstate, detail=found.detail, hint=found.hint
    )
