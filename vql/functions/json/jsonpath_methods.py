"""Methods of jsonpath's items, as `.abs()`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from vql.dataclass import dataclass
from vql.errors import DataError, Error, NotSupportedError
from vql.functions.json.jsonb import tree_kind
from vql.types.json.json import Tree
from vql.types.numbers.numeric import decimal_text
from vql.types.numbers.numeric_math import to_scale
from vql.types.type import BIGINT, BOOLEAN, DOUBLE, INTEGER, NUMERIC, Type, type_named


class PathError(DataError):
    """What a path meets in a document and cannot go on with."""


@dataclass(frozen=True, slots=True)
class Method:
    """`run` gets the item and what stands in the brackets; `unwraps` where an array is its elements, in lax
    mode."""

    run: Callable[..., Iterator[Tree]]
    unwraps: bool = True


def _unfit(name: str, kind: str, sqlstate: str = "22036") -> PathError:
    return PathError(f"jsonpath item method .{name}() can only be applied to {kind}", sqlstate=sqlstate)


def _item_kind(item: Tree) -> Iterator[Tree]:
    yield tree_kind(item)


def _numeric(name: str, compute: Callable[[Decimal], Decimal]) -> Method:
    def run(item: Tree) -> Iterator[Tree]:
        if not isinstance(item, Decimal):
            raise _unfit(name, "a numeric value")
        yield compute(item)

    return Method(run)


def _as_type(name: str, type_: Type, item: Tree, value: object | None = None) -> Any:
    """Return an item, or the value it stands for, as a type."""
    try:
        return type_.coerce(str(item) if value is None else value)
    except Error:
        text = decimal_text(item) if isinstance(item, Decimal) else item
        message = f'argument "{text}" of jsonpath item method .{name}() is invalid for type'
        raise PathError(f"{message} {type_.sized(None).formatted()}", sqlstate="22036") from None


def _finite(name: str, number: Any) -> Any:
    if not math.isfinite(number) if isinstance(number, float) else not number.is_finite():
        message = f"NaN or Infinity is not allowed for jsonpath item method .{name}()"
        raise PathError(message, sqlstate="22036")
    return number


def _double(item: Tree) -> Iterator[Tree]:
    if isinstance(item, Decimal):
        _finite("double", _as_type("double", DOUBLE, item))
        yield item
    elif isinstance(item, str):
        # As float8 becomes numeric, with 15 digits.
        yield NUMERIC.from_text(f"{_finite('double', _as_type('double', DOUBLE, item)):.15g}")  # type: ignore[misc]
    else:
        raise _unfit("double", "a string or numeric value")


def _whole_number(name: str, type_: Type) -> Method:
    def run(item: Tree) -> Iterator[Tree]:
        if isinstance(item, Decimal):
            yield Decimal(_as_type(name, type_, item, int(to_scale(item, 0))))
        elif isinstance(item, str):
            yield Decimal(_as_type(name, type_, item))
        else:
            raise _unfit(name, "a string or numeric value")

    return Method(run)


def _boolean(item: Tree) -> Iterator[Tree]:
    match item:
        case bool():
            yield item
        case Decimal():
            number = item if item == int(item) else None
            yield (
                _as_type("boolean", BOOLEAN, item)
                if number is None
                else bool(_as_type("boolean", INTEGER, item))
            )
        case str():
            yield _as_type("boolean", BOOLEAN, item)
        case _:
            raise _unfit("boolean", "a boolean, string, or numeric value")


def _decimal(name: str) -> Method:
    def run(item: Tree, *numbers: int) -> Iterator[Tree]:
        type_ = type_named(NUMERIC.name, numbers)
        if not isinstance(item, Decimal | str):
            raise _unfit(name, "a string or numeric value")
        number = _finite(name, _as_type(name, NUMERIC, item))
        yield _as_type(name, type_, item, number)

    return Method(run)


def _string(item: Tree) -> Iterator[Tree]:
    match item:
        case bool():
            yield "true" if item else "false"
        case Decimal():
            yield decimal_text(item)
        case str():
            yield item
        case _:
            raise _unfit("string", "a boolean, string, numeric, or datetime value")


def _keyvalue(item: Tree) -> Iterator[Tree]:
    if not isinstance(item, dict):
        raise _unfit("keyvalue", "an object", "2203C")
    raise NotSupportedError("jsonpath item method .keyvalue() is not supported")
    yield  # a generator, as the others are


def _datetime(name: str) -> Method:
    def run(item: Tree, *given: object) -> Iterator[Tree]:
        if not isinstance(item, str):
            raise _unfit(name, "a string")
        raise NotSupportedError(f"jsonpath item method .{name}() is not supported")
        yield

    return Method(run)


METHODS = {
    "type": Method(_item_kind, unwraps=False),
    "abs": _numeric("abs", abs),
    "floor": _numeric("floor", lambda number: Decimal(math.floor(number))),
    "ceiling": _numeric("ceiling", lambda number: Decimal(math.ceil(number))),
    "double": Method(_double),
    "bigint": _whole_number("bigint", BIGINT),
    "integer": _whole_number("integer", INTEGER),
    "boolean": Method(_boolean),
    "number": _decimal("number"),
    "decimal": _decimal("decimal"),
    "string": Method(_string),
    "keyvalue": Method(_keyvalue),
} | {name: _datetime(name) for name in ("datetime", "date", "time", "time_tz", "timestamp", "timestamp_tz")}
