"""nextval() and its kin: numbers of sequences, by the session."""

from __future__ import annotations

from vql.functions.declare import Environment, function
from vql.functions.lookups import SequenceNumbers
from vql.types.objects import ObjectName


def _numbers(environment: Environment) -> SequenceNumbers:
    assert environment.sequences is not None, "whoever runs statements gives them"
    return environment.sequences


@function("nextval(regclass) -> bigint", needs_environment=True, volatility="volatile")
def nextval(environment: Environment, sequence: ObjectName) -> int:
    return _numbers(environment).take(int(sequence), 1)[0]


@function("currval(regclass) -> bigint", needs_environment=True, volatility="volatile")
def currval(environment: Environment, sequence: ObjectName) -> int:
    return _numbers(environment).current(int(sequence))


@function("lastval() -> bigint", needs_environment=True, volatility="volatile")
def lastval(environment: Environment) -> int:
    return _numbers(environment).last()


@function("setval(regclass, bigint) -> bigint", needs_environment=True, volatility="volatile")
def setval(environment: Environment, sequence: ObjectName, value: int) -> int:
    _numbers(environment).put(int(sequence), value, True)
    return value


@function("setval(regclass, bigint, boolean) -> bigint", needs_environment=True, volatility="volatile")
def setval_or_next(environment: Environment, sequence: ObjectName, value: int, is_called: bool) -> int:
    _numbers(environment).put(int(sequence), value, is_called)
    return value
