"""Advisory locks: pg_advisory_lock() and its kin, which act for the session that calls them."""

from __future__ import annotations

from typing import Any

from vql.functions.declare import Environment, function
from vql.functions.lookups import AdvisoryLocks

# The arguments of a lock: one number, or two.
KEYS = ("bigint", "integer, integer")


def _locks(environment: Environment) -> AdvisoryLocks:
    assert environment.advisory is not None, "whoever runs statements gives them"
    return environment.advisory


def _declare() -> None:
    """Declare what takes and gives back a lock: of a session or a transaction, exclusive or shared, with
    waiting or without."""
    options: Any = {"needs_environment": True, "volatility": "volatile"}
    for keys in KEYS:
        for shared in (False, True):
            mode = "_shared" if shared else ""

            def unlock(environment: Environment, *key: int, shared: bool = shared) -> bool:
                return _locks(environment).unlock(key, shared)

            function(f"pg_advisory_unlock{mode}({keys}) -> boolean", **options)(unlock)
            for of_transaction in (False, True):
                scope = "_xact" if of_transaction else ""

                def wait(
                    environment: Environment, *key: int, shared: bool = shared,
                    of_transaction: bool = of_transaction,
                ) -> str:  # fmt: skip
                    _locks(environment).lock(key, shared, of_transaction, wait=True)
                    return ""

                def attempt(
                    environment: Environment, *key: int, shared: bool = shared,
                    of_transaction: bool = of_transaction,
                ) -> bool:  # fmt: skip
                    return _locks(environment).lock(key, shared, of_transaction, wait=False)

                function(f"pg_advisory{scope}_lock{mode}({keys}) -> void", **options)(wait)
                function(f"pg_try_advisory{scope}_lock{mode}({keys}) -> boolean", **options)(attempt)


_declare()


@function("pg_advisory_unlock_all() -> void", needs_environment=True, volatility="volatile")
def unlock_all(environment: Environment) -> str:
    _locks(environment).unlock_all()
    return ""
