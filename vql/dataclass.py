"""Dataclasses that cost little where they are defined.

The standard library makes up to seven methods of each as text and compiles them there: 1.5 ms for a frozen
one, and every process that opens a database defines 370. Here a method is compiled when it is first called:
most processes make instances of few classes, and compare those of fewer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, **options):
        """Do what `dataclasses.dataclass` does, with its options but order, init, repr and unsafe_hash."""

        def decorate(cls):
            return _with_methods(cls, frozen, eq, options)

        return decorate if cls is None else decorate(cls)


def _with_methods(cls: type, frozen: bool, eq: bool, options: dict[str, bool]) -> Any:
    own = {name for name, value in vars(cls).items() if value is not None}
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, **options)(cls)
    methods: dict[str, Any] = {
        "__init__": _compiled_later(made, "__init__", _frozen_init if frozen else _init),
        "__repr__": _repr,
    }
    if eq:
        methods["__eq__"] = _compiled_later(made, "__eq__", _eq)
        methods["__hash__"] = _compiled_later(made, "__hash__", _hash) if frozen else None
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        methods |= {"__getstate__": _state, "__setstate__": _set_state}
    for name in methods.keys() - own:
        setattr(made, name, methods[name])
    return made


def _compiled_later(made: Any, name: str, write: Callable[[Any, dict[str, Any]], str]) -> Callable[..., Any]:
    """Return a method that puts another into its place, of the text that `write` gives, and calls it."""

    def first(*values: Any, **named: Any) -> Any:
        context: dict[str, Any] = {}
        exec(write(made, context), context)
        method = context[name]
        method.__qualname__ = f"{made.__qualname__}.{name}"
        setattr(made, name, method)
        return method(*values, **named)

    return first


def _init(made: Any, context: dict[str, Any], place: str = "self.{name} = {value}") -> str:
    """Return the text of `__init__`; `context` gets the defaults that it names."""
    context["_MISSING"] = MISSING
    parameters: list[str] = []
    by_name: list[str] = []
    body: list[str] = []
    for field in dataclasses.fields(made):
        name = value = field.name
        default = ""
        if field.default_factory is not MISSING:
            context[f"_make_{name}"] = field.default_factory
            default = "=_MISSING"
            value = (
                f"{name} if {name} is not _MISSING else _make_{name}()" if field.init else f"_make_{name}()"
            )
        elif field.default is not MISSING:
            context[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
            value = name if field.init else f"_default_{name}"
        if field.init:
            (by_name if field.kw_only else parameters).append(f"{name}{default}")
        if field.init or default:
            body.append(place.format(name=name, value=value))
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    taken = ", ".join(["self", *parameters, *(["*", *by_name] if by_name else [])])
    return "\n ".join([f"def __init__({taken}):", *body, "pass"])


def _frozen_init(made: Any, context: dict[str, Any]) -> str:
    context["_set"] = object.__setattr__
    return _init(made, context, "_set(self, '{name}', {value})")


def _eq(made: Any, _: dict[str, Any]) -> str:
    both = f"{_compared(made, 'self')} == {_compared(made, 'other')}"
    return f"def __eq__(self, other): return {both} if other.__class__ is self.__class__ else NotImplemented"


def _hash(made: Any, _: dict[str, Any]) -> str:
    return f"def __hash__(self): return hash({_compared(made, 'self')})"


def _compared(made: Any, instance: str) -> str:
    """Return the text of a tuple of what is compared of an instance."""
    return f"({''.join(f'{instance}.{field.name}, ' for field in dataclasses.fields(made) if field.compare)})"


def _repr(self: Any) -> str:
    shown = [field.name for field in dataclasses.fields(self) if field.repr]
    parts = ", ".join([f"{name}={getattr(self, name)!r}" for name in shown])
    return f"{type(self).__qualname__}({parts})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
