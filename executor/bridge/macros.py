"""Macros that give DuckDB the functions Postgres and pgvector users call, and our operators.

DuckDB's macros are not hygienic: a parameter must not be named as a column of a caller, hence the
prefix vql__ for parameters too. Overloads by type decide at bind time; where an argument holds an
aggregate DuckDB cannot decide, so the rewriter (`vql.executor.bridge.sql`) names the overload itself.

Distances are computed in double precision, as the numpy evaluator does.
"""

from __future__ import annotations

from vql.executor.bridge.vectors import VECTOR_MACROS
from vql.limits import LIST_ITEMS_MAX, VALUE_BYTES_MAX
from vql.types.type import BASE_TYPES, NUMERIC, VECTOR, Type

_ZERO = "CASE WHEN vql__b = 0 THEN error('division by zero') ELSE vql__a {op} vql__b END"
_INTEGERS = ("SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def _by_integer(name: str, op: str, otherwise: str) -> str:
    """Return a macro that applies `op` to integers and `otherwise` to everything else."""
    cases = [f"(vql__a {kind}, vql__b {kind}) AS {_ZERO.format(op=op)}" for kind in _INTEGERS]
    cases.append(f"(vql__a, vql__b) AS {_ZERO.format(op=otherwise)}")
    return f"CREATE MACRO {name} " + ", ".join(cases)


OPERATORS = (
    _by_integer("vql__div", "//", "/"),
    "CREATE MACRO vql__int_div(vql__a, vql__b) AS " + _ZERO.format(op="//"),
    "CREATE MACRO vql__float_div(vql__a, vql__b) AS " + _ZERO.format(op="/"),
    "CREATE MACRO vql__mod(vql__a, vql__b) AS " + _ZERO.format(op="%"),
    "CREATE MACRO vql__contains (vql__a JSON, vql__b) AS json_contains(vql__a, CAST(vql__b AS JSON)),"
    " (vql__a, vql__b) AS list_has_all(vql__a, vql__b)",
    # numeric without precision: what has a scale keeps it.
    "CREATE MACRO vql__numeric (vql__x SMALLINT) AS CAST(vql__x AS DECIMAL(38, 0)),"
    " (vql__x INTEGER) AS CAST(vql__x AS DECIMAL(38, 0)),"
    " (vql__x BIGINT) AS CAST(vql__x AS DECIMAL(38, 0)),"
    " (vql__x DOUBLE) AS CAST(vql__x AS DECIMAL(38, 10)),"
    " (vql__x REAL) AS CAST(vql__x AS DECIMAL(38, 10)),"
    " (vql__x VARCHAR) AS CAST(vql__x AS DECIMAL(38, 10)),"
    " (vql__x) AS vql__x",
)

# sum(integer) is bigint and sum(bigint) numeric in Postgres; the second argument gives the type.
AGGREGATES = (
    "CREATE MACRO vql__sum (vql__s, vql__x SMALLINT) AS CAST(vql__s AS BIGINT),"
    " (vql__s, vql__x INTEGER) AS CAST(vql__s AS BIGINT),"
    " (vql__s, vql__x BIGINT) AS CAST(vql__s AS DECIMAL(38, 0)),"
    " (vql__s, vql__x REAL) AS CAST(vql__s AS REAL),"
    # Without this one a decimal would be taken for a REAL.
    " (vql__s, vql__x DOUBLE) AS vql__s,"
    " (vql__s, vql__x) AS vql__s",
    "CREATE MACRO vql__decimal_avg(vql__s, vql__c) AS"
    " CAST(CAST(vql__s AS HUGEINT) * 10000000000000000 // vql__c AS DECIMAL(38, 0))"
    " * CAST('0.0000000000000001' AS DECIMAL(16, 16))",
    "CREATE MACRO vql__avg (vql__a, vql__s, vql__c, vql__x BIGINT) AS vql__decimal_avg(vql__s, vql__c),"
    " (vql__a, vql__s, vql__c, vql__x INTEGER) AS vql__decimal_avg(vql__s, vql__c),"
    " (vql__a, vql__s, vql__c, vql__x SMALLINT) AS vql__decimal_avg(vql__s, vql__c),"
    " (vql__a, vql__s, vql__c, vql__x) AS vql__a",
)


def _typeof() -> str:
    """Return pg_typeof as a macro: DuckDB's names of types, and of lists of them, to PostgreSQL's."""
    names = {known: Type(base.name) for base in BASE_TYPES.values() for known in base.duck_results}
    names |= {f"{known}[]": type_.array for known, type_ in names.items() if not type_.is_float}
    cases = " ".join(f"WHEN '{known}' THEN '{type_.formatted()}'" for known, type_ in names.items())
    return (
        f"CREATE MACRO vql__typeof(vql__x) AS CASE typeof(vql__x) {cases} WHEN '\"NULL\"' THEN 'unknown'"
        f" ELSE CASE WHEN typeof(vql__x) LIKE 'DECIMAL%' THEN '{NUMERIC}'"
        f" WHEN typeof(vql__x) LIKE 'FLOAT[%' THEN '{VECTOR}' ELSE lower(typeof(vql__x)) END END"
    )


def _bounded(argument: str, size: str, size_max: int) -> str:
    """Return an argument that decides the size of a value, refused where that is above the bound."""
    return f"CASE WHEN {size} > {size_max} THEN error('requested length too large') ELSE {argument} END"


_REPEATED = _bounded("vql__n", "strlen(vql__s) * CAST(vql__n AS DOUBLE)", VALUE_BYTES_MAX)
_PADDED = _bounded("vql__n", "vql__n", VALUE_BYTES_MAX // 4)  # characters
_LAST = _bounded(
    "vql__b", "abs(CAST(vql__b AS DOUBLE) - vql__a) / abs(CAST(vql__c AS DOUBLE))", LIST_ITEMS_MAX
)

# Functions whose value is as large as an argument says: DuckDB would make it, uncounted, before anything
# could stop it.
BOUNDED = (
    f"CREATE MACRO vql__repeat(vql__s, vql__n) AS repeat(vql__s, {_REPEATED})",
    f"CREATE MACRO vql__lpad (vql__s, vql__n) AS lpad(vql__s, {_PADDED}, ' '),"
    f" (vql__s, vql__n, vql__c) AS lpad(vql__s, {_PADDED}, vql__c)",
    f"CREATE MACRO vql__rpad (vql__s, vql__n) AS rpad(vql__s, {_PADDED}, ' '),"
    f" (vql__s, vql__n, vql__c) AS rpad(vql__s, {_PADDED}, vql__c)",
    f"CREATE MACRO vql__series (vql__a, vql__b) AS generate_series(vql__a, {_LAST.replace('vql__c', '1')}),"
    f" (vql__a BIGINT, vql__b BIGINT, vql__c BIGINT) AS generate_series(vql__a, {_LAST}, vql__c),"
    " (vql__a, vql__b, vql__c) AS generate_series(vql__a, vql__b, vql__c)",
)

FUNCTIONS = (
    "CREATE MACRO char_length(vql__s) AS length(vql__s)",
    "CREATE MACRO character_length(vql__s) AS length(vql__s)",
    "CREATE MACRO octet_length(vql__s) AS strlen(vql__s)",
    "CREATE MACRO btrim(vql__s) AS trim(vql__s), (vql__s, vql__c) AS trim(vql__s, vql__c)",
    "CREATE MACRO quote_ident(vql__s) AS CASE WHEN regexp_full_match(vql__s, '[a-z_][a-z0-9_$]*')"
    " THEN vql__s ELSE '\"' || replace(vql__s, '\"', '\"\"') || '\"' END",
    "CREATE MACRO quote_literal(vql__s) AS '''' || replace(CAST(vql__s AS VARCHAR), '''', '''''') || ''''",
    "CREATE MACRO quote_nullable(vql__s) AS"
    " CASE WHEN vql__s IS NULL THEN 'NULL' ELSE quote_literal(vql__s) END",
    "CREATE MACRO statement_timestamp() AS now()",
    "CREATE MACRO clock_timestamp() AS now()",
    "CREATE MACRO date_part_text(vql__f, vql__x) AS date_part(vql__f, vql__x)",
    "CREATE MACRO div(vql__a, vql__b) AS trunc(vql__float_div(vql__a, vql__b))",
    "CREATE MACRO mod(vql__a, vql__b) AS vql__mod(vql__a, vql__b)",
    "CREATE MACRO trunc_scale(vql__x, vql__n) AS trunc(vql__x * pow(10, vql__n)) / pow(10, vql__n)",
    "CREATE MACRO initcap(vql__s) AS array_to_string([upper(vql__w[1]) || lower(vql__w[2:])"
    " for vql__w in regexp_extract_all(vql__s, '[A-Za-z0-9]+|[^A-Za-z0-9]+')], '')",
    "CREATE MACRO array_upper(vql__x, vql__n) AS"
    " CASE WHEN len(vql__x) = 0 THEN NULL ELSE CAST(len(vql__x) AS INTEGER) END",
    "CREATE MACRO array_lower(vql__x, vql__n) AS CASE WHEN len(vql__x) = 0 THEN NULL ELSE 1 END",
    "CREATE MACRO cardinality_of(vql__x) AS CAST(len(vql__x) AS INTEGER)",
    "CREATE MACRO array_remove(vql__x, vql__e) AS"
    " list_filter(vql__x, lambda vql__i: vql__i IS DISTINCT FROM vql__e)",
    "CREATE MACRO vql__to_char(vql__x, vql__f) AS strftime(vql__x, vql__f)",
    "CREATE MACRO to_date(vql__s, vql__f) AS CAST(strptime(vql__s, vql__f) AS DATE)",
    "CREATE MACRO jsonb_typeof(vql__j) AS CASE json_type(vql__j)"
    " WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null'"
    " WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN NULL THEN NULL ELSE 'number' END",
    "CREATE MACRO json_typeof(vql__j) AS jsonb_typeof(vql__j)",
    "CREATE MACRO jsonb_array_length(vql__j) AS CAST(json_array_length(vql__j) AS INTEGER)",
    "CREATE MACRO to_jsonb(vql__x) AS to_json(vql__x)",
    "CREATE MACRO jsonb_extract_path_text(vql__j, vql__k) AS json_extract_string(vql__j, vql__k)",
    "CREATE MACRO jsonb_array_elements(vql__j) AS unnest(CAST(json_extract(vql__j, '$[*]') AS JSON[]))",
    "CREATE MACRO jsonb_array_elements_text(vql__j) AS unnest(json_extract_string(vql__j, '$[*]'))",
    "CREATE MACRO jsonb_object_keys(vql__j) AS unnest(json_keys(vql__j))",
    "CREATE MACRO vql__has_key(vql__j, vql__k) AS list_contains(json_keys(vql__j), vql__k)",
    _typeof(),
)

# Postgres' "char" as a type of its own, so that results can say it: asyncpg reads pg_type.typtype as
# bytes. An enumeration compares, joins and prints as text does.
CHAR = "CREATE TYPE vql__char AS ENUM ('', {})".format(
    ", ".join("'" + chr(code).replace("'", "''") + "'" for code in range(32, 127))
)

MACROS = (CHAR, *BOUNDED, *OPERATORS, *AGGREGATES, *VECTOR_MACROS, *FUNCTIONS)
