"""What DuckDB is given beyond its own functions: macros that declared texts call.

DuckDB's macros are not hygienic: a parameter must not be named as a column of a caller, hence the prefix
vql__ for parameters too. Overloads by type decide at bind time.
"""

from __future__ import annotations

import re

from vql.executor.bridge.errors import UNSURE
from vql.executor.bridge.vectors import VECTOR_MACROS
from vql.limits import LIST_ITEMS_MAX
from vql.types.forms.crossing import CROSSING_MACROS

# A series is as long as its arguments say: DuckDB would make it, uncounted, before anything could stop it.
_STEPS = "abs(CAST(vql__b AS DOUBLE) - vql__a) / abs(CAST({step} AS DOUBLE))"
_LAST = (
    "CASE WHEN {step} = 0 THEN error('step size cannot equal zero')"
    f" WHEN {_STEPS} > {LIST_ITEMS_MAX} THEN error('requested length too large') ELSE vql__b END"
)
SERIES = (
    f"CREATE MACRO vql__series (vql__a, vql__b) AS generate_series(vql__a, {_LAST.format(step='1')}),"
    f" (vql__a BIGINT, vql__b BIGINT, vql__c BIGINT) AS"
    f" generate_series(vql__a, {_LAST.format(step='vql__c')}, vql__c),"
    " (vql__a, vql__b, vql__c) AS generate_series(vql__a, vql__b, vql__c)"
)

# An aggregate that is finite is right; what else there is has to be looked at by `duck_exact`.
SURE = (
    "CREATE MACRO vql__sure (vql__a) AS"
    f" CASE WHEN isfinite(vql__a) THEN vql__a WHEN vql__a IS NOT NULL THEN error('{UNSURE}') END"
)

MACROS = (SERIES, SURE, *VECTOR_MACROS, *CROSSING_MACROS)
MACRO_CALL = re.compile(r"\b(?:vql__\w+|vector_dims|vector_norm|binary_quantize|l2sq)\(")
