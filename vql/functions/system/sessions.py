"""Functions about the sessions of a server: whom they wait for, cancelling and ending them."""

from __future__ import annotations

import time

from vql.deadline import rest
from vql.errors import InvalidParameterValue, ProgrammingError
from vql.functions.declare import Environment, function
from vql.functions.lookups import Activity, CatalogLookups, Sessions
from vql.functions.system.objects import catalog_of

OWN_INTERRUPT_S = 1.0  # that of a session by itself is on its way for less
NAP_S = 0.02  # between two looks whether a session has ended


def _sessions(environment: Environment) -> Sessions:
    assert environment.sessions is not None, "whoever runs statements gives them"
    return environment.sessions


@function("pg_blocking_pids(integer) -> integer[]", needs_environment=True, volatility="volatile")
def blocking_sessions(environment: Environment, process_id: int) -> list[int]:
    return list(_sessions(environment).blocking(process_id))


@function("pg_cancel_backend(integer) -> boolean", needs_environment=True, volatility="volatile")
def cancel_session(environment: Environment, process_id: int) -> bool:
    """Cancel what a session runs. Raises 42501."""
    return _interrupted(environment, process_id, ends=False)


@function(
    "pg_terminate_backend(pid: integer, timeout: bigint DEFAULT 0) -> boolean",
    needs_environment=True,
    volatility="volatile",
)
def end_session(environment: Environment, process_id: int, timeout_ms: int) -> bool:
    """End a session, and wait for so long until it has ended. Raises 42501, 22023."""
    if timeout_ms < 0:
        raise InvalidParameterValue('"timeout" must not be negative')
    is_there = _interrupted(environment, process_id, ends=True)
    ends_s = time.monotonic() + timeout_ms / 1e3
    while is_there and timeout_ms and _found(environment, process_id) is not None:
        if time.monotonic() >= ends_s:
            return False
        rest(NAP_S)
    return is_there


@function("pg_reload_conf() -> boolean", needs_environment=True, volatility="volatile")
def reload_configuration(environment: Environment) -> bool:
    """Have the server read its configuration again, soon. Raises 42501."""
    if catalog_of(environment).setting("is_superuser") != "on":
        raise ProgrammingError("permission denied for function pg_reload_conf", sqlstate="42501")
    return _sessions(environment).reload()


def _found(environment: Environment, process_id: int) -> Activity | None:
    there = _sessions(environment).activities()
    return next((each for each in there if each.process_id == process_id), None)


def _interrupted(environment: Environment, process_id: int, *, ends: bool) -> bool:
    found, catalog = _found(environment, process_id), catalog_of(environment)
    if found is None:
        return False
    if catalog.setting("is_superuser") != "on":
        _require_right(found, catalog, ends=ends)
    _sessions(environment).interrupt(process_id, ends=ends)
    if process_id == int(catalog.fact("process_id")):
        rest(OWN_INTERRUPT_S)
    return True


def _require_right(found: Activity, catalog: CatalogLookups, *, ends: bool) -> None:
    """Raise 42501 where a role may not interrupt another's session."""
    roles = catalog.rows("pg_roles") if found.database == catalog.fact("database") else ()
    role = next((row for row in roles if row[1] == found.user), None)
    if role is not None and not role[2] and catalog.has_role(None, found.user, "member"):
        return
    what, whose, done = ("terminate", "process", "terminated") if ends else ("cancel", "query", "canceled")
    if role is None or role[2]:
        may = f"may {what} {'processes' if ends else 'queries'} of roles with the SUPERUSER attribute."
        detail = f"Only roles with the SUPERUSER attribute {may}"
    else:
        may = f'or with privileges of the "pg_signal_backend" role may {what} this {whose}.'
        detail = f"Only roles with privileges of the role whose {whose} is being {done} {may}"
    raise ProgrammingError(f"permission denied to {what} {whose}", detail=detail, sqlstate="42501")
