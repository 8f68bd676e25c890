"""Functions of Python that a program has given the sessions of its process: `Connection.create_function`.

They are declared as built-in ones are, and called by their values in Python: what a column of the argument's
type gives, and takes. Nothing of them is stored. `OwnFunctions` is one database's, shared by threads: its
table is replaced by one assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from vql.errors import DuplicateObject, Error, ExternalRoutineFailed, InvalidParameterValue
from vql.functions.declare import FUNCTIONS, Argument, Function, Volatility
from vql.types.type import Type, type_named

Types = tuple[str, ...]


class OwnFunctions:
    """See the module. `by_name` has the functions of each name."""

    def __init__(self) -> None:
        self.by_name: Mapping[str, Sequence[Function]] = {}
        self._runs: dict[tuple[str, Types], Callable[..., Any]] = {}

    def create(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: Sequence[str],
        returns: str,
        volatility: Volatility,
        is_strict: bool,
    ) -> None:
        """Have a function, in the place of one of that name and these types. Raises 42723 where it is built
        in, 42704 for a type that there is not, 22023."""
        if name in FUNCTIONS:
            raise DuplicateObject(f'function "{name}" is built in', sqlstate="42723")
        if volatility not in get_args(Volatility):
            raise InvalidParameterValue(f'invalid volatility "{volatility}"')
        taken, result = [type_named(each) for each in arguments], type_named(returns)
        types = tuple(type_.name for type_ in taken)
        # Who has planned a call of one that is replaced calls the new one.
        self._runs[name, types] = _called(name, function, taken, result)
        made = Function(
            name=name, arguments=tuple(Argument(type=type_) for type_ in types), result=result.name,
            run=lambda *values: self._runs[name, types](*values), is_strict=is_strict, volatility=volatility,
        )  # fmt: skip
        others = [each for each in self.by_name.get(name, ()) if each.arguments != made.arguments]
        self.by_name = {**self.by_name, name: (*others, made)}


def _called(
    name: str, function: Callable[..., Any], arguments: Sequence[Type], result: Type
) -> Callable[..., Any]:
    """Return what calls a function with what built-in ones get. Raises 38000 for what it raises."""
    reads = [type_.base.from_internal for type_ in arguments]

    def call(*values: Any) -> Any:
        given = [None if value is None else read(value) for read, value in zip(reads, values, strict=True)]
        try:
            found = function(*given)
        except Error:
            raise
        except Exception as error:
            raise ExternalRoutineFailed(f"function {name}: {type(error).__name__}: {error}") from error
        try:
            return None if found is None else result.base.internal(result.coerce(found))
        except Error as error:
            raise ExternalRoutineFailed(f"function {name} returned no {result}: {error.message}") from error

    return call
