"""Functions of `vql.functions` that run in Python, inside DuckDB.

Each is registered once an engine, by what it computes and the types it is used with, at the first query that
needs it. What one raises is kept until DuckDB has passed its own error on: the statement ends with
ours, SQLSTATE and words. DuckDB's functions are the engine's, its threads too, and sessions share them: so
each call is told by number what the session says (`Environment`), and works for its deadline.
"""

from __future__ import annotations

import inspect
import itertools
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol
from weakref import WeakValueDictionary

from vql.deadline import RUNNING, Deadline, current_deadline, watched
from vql.errors import LimitExceeded
from vql.functions.declare import Environment, Function
from vql.language.analyze.resolution.coerce import signature_type
from vql.limits import LIST_ITEMS_MAX
from vql.types.forms.crossing import Crossing, crossing_as, crossing_of_list
from vql.types.type import Type

# Errors that wait for DuckDB's own to arrive: of several threads' it tells one.
RAISED_MAX = 64
RAISED, RAISED_TOKEN = "vql__raised_{}_", re.compile(r"vql__raised_\d+_")


class RowProgram(Protocol):
    """What computes cells of one statement's rows of the values of a row; None for a row that is left out."""

    @property
    def deadline(self) -> Deadline: ...

    def __call__(self, cells: Iterable[Any]) -> Sequence[Any] | None: ...


class Functions:
    """The Python functions of one engine. `_lock` guards its tables; calls come from DuckDB's threads."""

    def __init__(self, register: Callable[[str, Callable[..., Any], list[str], str, bool], None]) -> None:
        """`register` makes a function: its name, what it calls, DuckDB's types, whether it is volatile."""
        self._register = register
        self._names: dict[object, str] = {}
        self._calls: list[Callable[..., Any]] = []  # DuckDB keeps none of them alive
        # What sessions say, for as long as their statements hold it.
        self._by_number: WeakValueDictionary[int, Environment | RowProgram] = WeakValueDictionary()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._raised: dict[str, Exception] = {}

    def environment(self, environment: Environment | RowProgram) -> int:
        """Return a number that stands for what a session says, or computes, while that exists."""
        number = next(self._numbers)
        self._by_number[number] = environment
        return number

    def name(self, function: Function, types: Sequence[Type], result: Type) -> str:
        """Return DuckDB's name of a scalar function for arguments of these types; the number of what the
        session says comes first."""
        key = (
            function.name, function.arguments, function.columns, tuple(types), result, function.is_operator,
            function.volatility, function.is_strict,
        )  # fmt: skip
        return self._made(key, function.name, lambda: self._scalar(function, types, result))

    def fold(self, function: Function, types: Sequence[Type], result: Type, is_distinct: bool = False) -> str:
        """Return DuckDB's name of a function over the list of an aggregate's rows; of equal ones it takes the
        first where `is_distinct`."""
        key = ("fold", function.name, function.arguments, tuple(types), result, is_distinct)
        made = self._folding
        return self._made(key, function.name, lambda: made(function, types, result, is_distinct))

    def conversion(
        self, key: object, run: Callable[[Environment, Any, int | None], Any], source: Type, result: Type
    ) -> str:
        """Return DuckDB's name of a conversion of the number of what the session says, a value and a
        modifier."""

        def made() -> tuple[Callable[..., Any], list[str], str, bool]:
            given, gives = source.base.crossing, result.base.crossing

            def call(environment: Environment, value: Any, modifier: int | None) -> Any:
                found = None if value is None else run(environment, given.read(value), modifier)
                return None if found is None else gives.write(found)

            return call, [given.argument, "INTEGER"], gives.result, False

        return self._made(("conversion", key, source, result), "cast", made)

    def rows(self, types: Sequence[Type], results: Sequence[Type]) -> str:
        """Return DuckDB's name of a function of the number of a program and the cells of a row: a STRUCT of
        what the program makes of them, or NULL."""

        def made() -> tuple[Callable[..., Any], list[str], str, bool]:
            given = [type_.base.crossing for type_ in types]
            fields, write = _struct_of([type_.base.crossing for type_ in results])

            def call(program: RowProgram, *cells: Any) -> Any:
                row = program(map(_value, given, cells))
                return None if row is None else write(row)

            return call, [crossing.argument for crossing in given], fields, True

        return self._made(("rows", tuple(types), tuple(results)), "rows", made)

    def raised(self, text: str) -> Exception | None:
        """Return what one of our functions raised that an error of DuckDB's tells of, None for any other."""
        found = RAISED_TOKEN.search(text)
        return None if found is None else self._raised.pop(found[0], None)

    def _made(
        self, key: object, word: str, make: Callable[[], tuple[Callable[..., Any], list[str], str, bool]]
    ) -> str:
        with self._lock:
            name = self._names.get(key)
            if name is None:
                call, arguments, result, is_volatile = make()
                plain = "".join(letter for letter in word if letter.isalnum()) or "operator"
                name = f"vql__{plain}_{len(self._names)}"
                guarded = self._guarded(call, len(arguments))
                self._register(name, guarded, ["BIGINT", *arguments], result, is_volatile)
                self._names[key] = name
                self._calls.append(guarded)
            return name

    def _guarded(self, call: Callable[..., Any], arguments: int) -> Callable[..., Any]:
        """Return a function that keeps what it raises, of a number and so many arguments."""

        def guarded(number: int, *values: Any) -> Any:
            begun = None
            try:
                environment = self._by_number[number]
                if current_deadline() is not environment.deadline:  # a thread of DuckDB's own
                    begun = RUNNING.set(environment.deadline)
                environment.deadline.check()
                return call(environment, *values)
            except Exception as error:
                token = RAISED.format(next(self._numbers))
                with self._lock:
                    self._raised[token] = error
                    if len(self._raised) > RAISED_MAX:
                        del self._raised[next(iter(self._raised))]
                raise RuntimeError(token) from error
            finally:
                if begun is not None:
                    RUNNING.reset(begun)

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        places = [inspect.Parameter(f"a{place}", kind) for place in range(arguments + 1)]
        guarded.__signature__ = inspect.Signature(places)  # type: ignore[attr-defined]
        return guarded

    def _scalar(
        self, function: Function, types: Sequence[Type], result: Type
    ) -> tuple[Callable[..., Any], list[str], str, bool]:
        run, gives = function.run, result.base.crossing
        assert run is not None, f"{function.name} has neither run nor duck"
        given = [type_.base.crossing for type_ in types]
        write = result.base.crossing.write
        if function.has_row_type:
            gives, write = _rows_of_columns(function)
        elif function.gives_rows:
            gives, write = crossing_of_list(gives), _rows_of(gives)
        reads, strict = [crossing.read for crossing in given], function.is_strict
        fixed = (tuple(types),) if function.needs_types else ()
        in_environment = function.needs_environment

        def call(environment: Environment, *values: Any) -> Any:
            if strict and None in values:
                return [] if function.gives_rows else None
            read = [None if v is None else r(v) for r, v in zip(reads, values, strict=True)]
            found = run(environment, *fixed, *read) if in_environment else run(*fixed, *read)
            return None if found is None else write(found)

        arguments = [crossing.argument for crossing in given]
        return call, arguments, gives.result, function.volatility == "volatile"

    def _folding(
        self, function: Function, types: Sequence[Type], result: Type, is_distinct: bool
    ) -> tuple[Callable[..., Any], list[str], str, bool]:
        run, gives = function.run, result.base.crossing
        assert run is not None, f"{function.name} has neither run nor duck"
        given = [type_.base.crossing for type_ in types]
        fixed = (tuple(types),) if function.needs_types else ()

        several, in_environment = len(given) > 1, function.needs_environment

        def call(environment: Environment, cells: Any) -> Any:
            around = (environment,) if in_environment else ()
            rows = [_row(given, cell) if several else _value(given[0], cell) for cell in watched(cells or ())]
            if is_distinct:
                rows = _distinct(rows, types)
            if function.is_strict:
                rows = [row for row in rows if row is not None and not (several and _has_null(row))]
            found = run(*around, *fixed, rows)
            return None if found is None else gives.write(found)

        fields = ", ".join(f"a{place} {crossing.argument}" for place, crossing in enumerate(given))
        listed = f"STRUCT({fields})[]" if several else f"{given[0].argument}[]"
        return call, [listed], gives.result, False


def _has_null(values: Sequence[Any]) -> bool:
    return any(value is None for value in values)  # vectors compare element by element


def _distinct(rows: Sequence[Any], types: Sequence[Type]) -> list[Any]:
    """Return the first of each group of equal rows."""

    def key(row: Any) -> object:
        cells = row if len(types) > 1 else (row,)
        return tuple(c if c is None else t.base.sort_text(c) for c, t in zip(cells, types, strict=True))

    found: dict[object, Any] = {}
    for row in watched(rows):
        found.setdefault(key(row), row)
    return list(found.values())


def _rows_of(crossing: Crossing) -> Callable[[Any], Any]:
    """Return what writes the rows of a function, each a value."""
    return lambda rows: [None if row is None else crossing.write(row) for row in _bounded(rows)]


def _rows_of_columns(function: Function) -> tuple[Crossing, Callable[[Any], Any]]:
    """Return how the rows of a function of several columns cross: each a STRUCT of `a0`, `a1` ..."""
    fields, write = _struct_of([signature_type(column.type).base.crossing for column in function.columns])
    return crossing_as(f"{fields}[]"), lambda rows: list(map(write, _bounded(rows)))


def _struct_of(given: Sequence[Crossing]) -> tuple[str, Callable[[Iterable[Any]], dict[str, Any]]]:
    """Return DuckDB's type of a row, a STRUCT of `a0`, `a1` ..., and what writes one."""
    fields = ", ".join(f"a{place} {crossing.result}" for place, crossing in enumerate(given))

    def write(row: Iterable[Any]) -> dict[str, Any]:
        return {
            f"a{place}": None if cell is None else crossing.write(cell)
            for place, (crossing, cell) in enumerate(zip(given, row, strict=True))
        }

    return f"STRUCT({fields})", write


def _bounded(rows: Iterable[Any]) -> list[Any]:
    """Return rows as a list. Raises 54000 for more than a list may have."""
    found = list(itertools.islice(watched(rows), LIST_ITEMS_MAX + 1))
    if len(found) > LIST_ITEMS_MAX:
        raise LimitExceeded("requested length too large")
    return found


def _value(crossing: Crossing, cell: Any) -> Any:
    return None if cell is None else crossing.read(cell)


def _row(given: Sequence[Crossing], cell: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_value(crossing, value) for crossing, value in zip(given, cell.values(), strict=True))
