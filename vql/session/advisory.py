"""Advisory locks: `SELECT pg_advisory_lock(...)` and its kin, which act for the session that calls them.

They stand alone in a SELECT: what calls them for each of some rows, or inside an expression, is refused, as a
function that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vql.errors import UndefinedFunction
from vql.language import ast
from vql.language.ast.walk import output_name
from vql.session.results import Notice, Result, ResultColumn, warning
from vql.storage.locks.modes import Kind, RelationLock, Wanted
from vql.storage.locks.session_locks import SessionLocks
from vql.types.type import BIGINT, BOOLEAN, INTEGER, TEXT, Type

NAMES = frozenset(
    """pg_advisory_lock pg_advisory_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
    pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all pg_advisory_xact_lock
    pg_advisory_xact_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared""".split()
)


@dataclass(frozen=True, slots=True)
class AdvisoryCall:
    """One call: its function, its arguments of type `type`, the name of its column."""

    function: str
    arguments: tuple[ast.Expression, ...]
    column: str

    @property
    def type(self) -> Type:
        """The type of the arguments."""
        return INTEGER if len(self.arguments) == 2 else BIGINT

    @property
    def result(self) -> Type:
        """The type of the result; void is an empty text."""
        tells = self.function.startswith("pg_try") or self.function.startswith("pg_advisory_unlock")
        return BOOLEAN if tells and self.function != "pg_advisory_unlock_all" else TEXT


def advisory_calls(statement: ast.Select) -> tuple[AdvisoryCall, ...]:
    """Return the calls of a statement that consists of them, none for any other. Raises 42883 where one has
    the wrong number of arguments."""
    if statement.sources or statement.where is not None or not statement.items:
        return ()
    calls = []
    for item in statement.items:
        call = item.expression
        if not isinstance(call, ast.Call) or call.name[-1] not in NAMES:
            return ()
        if call.name[:-1] not in ((), ("pg_catalog",)):
            return ()
        wanted = (0,) if call.name[-1] == "pg_advisory_unlock_all" else (1, 2)
        if len(call.arguments) not in wanted:
            raise UndefinedFunction(f"function {call.name[-1]} does not take {len(call.arguments)} arguments")
        calls.append(AdvisoryCall(call.name[-1], call.arguments, item.alias or output_name(call)))
    return tuple(calls)


def parameters_of_calls(calls: Sequence[AdvisoryCall], hints: Sequence[Type]) -> tuple[Type, ...]:
    """Return the types of the parameters of calls."""
    types = list(hints)
    for call in calls:
        for argument in call.arguments:
            if isinstance(argument, ast.Parameter):
                types += [call.type] * (argument.index + 1 - len(types))
                types[argument.index] = call.type
    return tuple(types)


def run_calls(
    calls: Sequence[AdvisoryCall], locks: SessionLocks, value: Callable[[ast.Expression, Type], object]
) -> Result:
    """Make the calls, in order; `value` computes an argument. Raises 40P01, 55P03, 57014."""
    row: list[object] = []
    notices: list[Notice] = []
    for call in calls:
        given = [value(argument, call.type) for argument in call.arguments]
        made = None if None in given else _made(call, [int(str(number)) for number in given], locks)
        if call.function.startswith("pg_advisory_unlock") and made is False:
            mode = "ShareLock" if call.function.endswith("_shared") else "ExclusiveLock"
            notices.append(warning(f"you don't own a lock of type {mode}", "01000"))
        row.append(made)
    columns = tuple(ResultColumn(call.column, call.result) for call in calls)
    return Result("SELECT 1", columns, rows=[tuple(row)], notices=tuple(notices))


def _made(call: AdvisoryCall, given: list[int], locks: SessionLocks) -> object:
    """Make one call and return its value."""
    name = call.function
    if name == "pg_advisory_unlock_all":
        locks.unlock_all()
        return ""
    kind = Kind.ADVISORY_PAIR if len(given) == 2 else Kind.ADVISORY
    mode = RelationLock.SHARE if name.endswith("_shared") else RelationLock.EXCLUSIVE
    major, minor = (0, *given)[-2:]
    if "_unlock" in name:
        return locks.unlock(kind, mode, major, minor)
    tries = name.startswith("pg_try")
    if "_xact_" in name:
        wanted = Wanted(kind, mode, major, np.array([minor], np.int64))
        if tries:
            return locks.try_acquire(wanted) is None
        locks.acquire(wanted)
        return ""
    taken = locks.lock(kind, mode, major, minor, wait=not tries)
    return taken if tries else ""
