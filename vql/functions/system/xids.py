"""Numbers of transactions, and which of them a statement sees: pg_current_xact_id() and its kin, and by their
older names, over bigint and txid_snapshot, txid_current() and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from vql.functions.declare import Environment, aggregate, cast_in_duck, function, operator_in_duck
from vql.functions.lookups import Xids
from vql.functions.numbers.integers import COMPARISONS
from vql.functions.system.objects import catalog_of
from vql.types.numbers.xids import parts_of_snapshot, snapshot_text

for _sign, _test in COMPARISONS.items():
    operator_in_duck(f"xid8 {_sign} xid8 -> boolean", f"({{0}} {_sign} {{1}})", _test)
aggregate("min(xid8) -> xid8", duck="min({0})")(partial(min, default=None))
aggregate("max(xid8) -> xid8", duck="max({0})")(partial(max, default=None))
cast_in_duck("xid8 -> xid", "({0} & 4294967295)", lambda xid: xid % (1 << 32))


def _xids(environment: Environment) -> Xids:
    assert environment.xids is not None, "whoever runs statements gives them"
    return environment.xids


@function("pg_current_xact_id() -> xid8", needs_environment=True, volatility="stable")
@function("txid_current() -> bigint", needs_environment=True, volatility="stable")
def current_xid(environment: Environment) -> int:
    return _xids(environment).current()


@function("pg_current_xact_id_if_assigned() -> xid8", needs_environment=True, volatility="stable")
@function("txid_current_if_assigned() -> bigint", needs_environment=True, volatility="stable")
def assigned_xid(environment: Environment) -> int | None:
    return _xids(environment).assigned


@function("pg_xact_status(xid8) -> text", needs_environment=True, volatility="volatile")
@function("txid_status(bigint) -> text", needs_environment=True, volatility="volatile")
def status(environment: Environment, xid: int) -> str | None:
    return _xids(environment).status(xid)


@function("pg_current_snapshot() -> pg_snapshot", needs_environment=True, volatility="stable")
@function("txid_current_snapshot() -> txid_snapshot", needs_environment=True, volatility="stable")
def current_snapshot(environment: Environment) -> str:
    version = int(catalog_of(environment).fact("version"))
    return snapshot_text(*_xids(environment).snapshot(version))


@function("pg_snapshot_xmin(pg_snapshot) -> xid8")
@function("txid_snapshot_xmin(txid_snapshot) -> bigint")
def snapshot_xmin(snapshot: str) -> int:
    return parts_of_snapshot(snapshot)[0]


@function("pg_snapshot_xmax(pg_snapshot) -> xid8")
@function("txid_snapshot_xmax(txid_snapshot) -> bigint")
def snapshot_xmax(snapshot: str) -> int:
    return parts_of_snapshot(snapshot)[1]


@function("pg_snapshot_xip(pg_snapshot) -> setof xid8")
@function("txid_snapshot_xip(txid_snapshot) -> setof bigint")
def snapshot_xip(snapshot: str) -> Sequence[int]:
    return parts_of_snapshot(snapshot)[2]


@function("pg_visible_in_snapshot(xid8, pg_snapshot) -> boolean")
@function("txid_visible_in_snapshot(bigint, txid_snapshot) -> boolean")
def is_visible(xid: int, snapshot: str) -> bool:
    xmin, xmax, listed = parts_of_snapshot(snapshot)
    xid %= 1 << 64  # PostgreSQL's have no sign
    return xid < xmin or (xid < xmax and xid not in listed)
