"""Truth values: comparisons and casts."""

from __future__ import annotations

from vql.functions.declare import cast_in_duck, operator_in_duck
from vql.functions.numbers.integers import COMPARISONS

for _sign, _test in COMPARISONS.items():
    operator_in_duck(f"boolean {_sign} boolean -> boolean", f"({{0}} {_sign} {{1}})", _test)

cast_in_duck("boolean -> integer", "CAST({0} AS INTEGER)", int)
cast_in_duck("integer -> boolean", "({0} <> 0)", bool)


def word(value: bool) -> str:
    """Return the word a cast makes of a truth value; sent to a client it is a letter."""
    return "true" if value else "false"


for _result in ("text", "varchar", "bpchar"):
    cast_in_duck(f"boolean -> {_result}", "CAST({0} AS VARCHAR)", word, willingness="assignment")
