"""Parameters that are no values of their types, named: any Python object may be given as one."""

from __future__ import annotations

from collections.abc import Sequence

from vql.calendar.style import Style
from vql.errors import Error, InvalidParameterValue
from vql.types.type import Type


def coerced(types: Sequence[Type], parameters: Sequence[object], style: Style) -> list[object]:
    """Return parameters as canonical values of their types. Raises 22xxx and 42804; what an object itself
    raises when it is looked at is 22023."""
    found = []
    for place, (type_, value) in enumerate(zip(types, parameters, strict=True)):
        try:
            found.append(type_.converter(style)(value))
        except Error:
            raise
        except Exception as error:  # noqa: BLE001 - the object's own
            raise InvalidParameterValue(
                f"parameter ${place + 1} is a {type(value).__name__} that is no value of type {type_}",
                detail=f"{type(error).__name__} was raised when it was read.",
            ) from error
    return found
