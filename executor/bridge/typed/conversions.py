"""Values that Python converts within a query, as text in DuckDB's dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vql.errors import UndefinedFunction
from vql.executor.bridge.typed.literals import form_of
from vql.executor.bridge.typed.udf import Functions
from vql.executor.tuples.coercions import canonical, internal
from vql.functions.declare import Environment, Function
from vql.types.base import Storage
from vql.types.forms.crossing import crossing_of_list
from vql.types.type import TEXT, UUID, Type


class Conversions:
    """Prints calls of functions of an engine, for what a session says."""

    def __init__(self, functions: Functions, environment: Environment) -> None:
        self._functions = functions
        self._environment = environment
        self._said = functions.environment(environment)
        self._zone = environment.style.zone

    def sort_text(self, type_: Type, text: str) -> str:
        """Return a text that orders and tells apart the values of a type that DuckDB does not. Raises
        42883 where PostgreSQL does not either."""
        if not type_.base.is_comparable:
            raise UndefinedFunction(f"could not identify an equality operator for type {type_.formatted()}")
        write = type_.base.sort_text
        return self._converted(
            "sort", lambda said, value, modifier: write(value), type_.sized(None), TEXT, text
        )

    def _gathered(self, function: Function, type_: Type, listed: str, result: Type) -> str:
        """Return what a function makes of a list of DuckDB's."""
        name = self._functions.fold(function, [type_.sized(None)], result)
        given = crossing_of_list(type_.base.crossing).crossed(listed)
        return result.base.crossing.out_of.format(f"{name}({self._said}, {given})")

    def _converted(
        self,
        key: object,
        run: Callable[[Environment, Any, int | None], object],
        source: Type,
        target: Type,
        text: str,
        modifier: int | None = None,
    ) -> str:
        """Return a value converted in Python: `run` gets what the session says, the value and a modifier."""
        name = self._functions.conversion(key, run, source, target)
        given = source.base.crossing.crossed(text)
        number = "NULL" if modifier is None else str(modifier)
        return target.base.crossing.out_of.format(f"{name}({self._said}, {given}, {number})")

    def _as_text(self, source: Type, text: str) -> str:
        """Return a value's text form."""
        if source.is_integer or source.is_string or source.base.duck_is_text or source == UUID:
            return f"CAST({text} AS VARCHAR)"

        def write(said: Environment, value: Any, modifier: int | None) -> str:
            return source.base_in(said.style).to_text(canonical(value, source))

        return self._converted("write", write, source, TEXT, text)

    def _read(self, text: str, source: Type, target: Type) -> str:
        """Return a text as what it is the text form of."""

        def read(said: Environment, value: Any, modifier: int | None) -> object:
            return internal(target.cast(value, said.style), target)

        return self._converted("read", read, source, target, text)

    def _sized(self, text: str, target: Type, is_explicit: bool) -> str:
        """Return a value with the modifier of its type."""
        if target.modifier is None:
            return text
        if target.is_dense:
            if target.base.duck_is_list:
                return f"CAST({text} AS {form_of(target)})"
            return f"vql__sized({text}, len(({text}).halfs), {target.modifier})"
        if target.is_vector and target.base.storage is Storage.SPARSE:
            return f"vql__sized({text}, ({text}).dim, {target.modifier})"
        if target.is_vector:
            return f"vql__bit({text}, {target.modifier})"
        plain = target.sized(None)

        def fit(said: Environment, value: Any, modifier: int | None) -> object:
            sized = plain.sized(modifier)
            kept = canonical(value, plain)
            return internal(sized.cast(kept) if is_explicit else sized.coerce(kept), plain)

        return self._converted(("sized", is_explicit), fit, plain, plain, text, target.modifier)
