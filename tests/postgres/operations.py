"""What PostgreSQL's catalog has for the types that VQL has: functions, operators, casts, aggregates, windows.

Nothing is chosen by hand but what is left out: what depends on the server or the moment, and the procedures
behind operators, casts and aggregates that nobody calls by name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

TYPES = (
    "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "bytea",
    "date", "time", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "bit", "varbit",
    "vector", "halfvec", "sparsevec", "timetz", "inet", "cidr", "macaddr", "macaddr8", "int4range",
    "numrange", "tstzrange", "daterange", "int4multirange", "nummultirange",
)  # fmt: skip
ARRAYS = tuple(f"{name}[]" for name in TYPES if name not in ("bit", "varbit", "halfvec", "sparsevec", "json"))
OPEN = ("anyelement", "anyarray", "anynonarray", "anycompatible", "anycompatiblearray",
        "anycompatiblenonarray", '"any"')  # fmt: skip
# Descriptions of what stands behind something else.
BEHIND = re.compile(
    r"implementation of|aggregate |hash|less-equal-greater|sort|larger of|smaller of|I/O|window .*support"
    r"|obtain"
)
LEFT_OUT = re.compile(
    r"pg_(?!typeof|size_pretty|size_bytes|input_is_valid).*|lo_.*|lo(read|write)|lowrite|ts_.*|txid_.*|inet_.*"
    r"|.*_privilege|xml_.*|.*range_subdiff|gi[ns]t?_.*|.*random.*|(clock|statement|transaction)_timestamp|now"
    r"|timeofday|gen_random_uuid|uuidv[47]|version|.*_version|icu_.*|current_.*|set_config|system_user|lastval"
    r"|row_security_active|textlen|to_ascii|.*(like|_to)_escape|similar_escape|int[48](inc|dec).*|numeric_.*"
    r"|d(exp|log1|log10|round|trunc)|array_(sample|shuffle)|(not)?like|array_to_(vector|halfvec|sparsevec)"
    r"|(vector|halfvec|sparsevec)_(add|sub|mul|concat|cmp|eq|ne|lt|le|gt|ge|send|accum|avg|combine"
    r"|l2_squared_distance|negative_inner_product|spherical_distance|to_.*)|_pg_expandarray|bool|bpchar|bytea"
    r"|float[48]|int[248]|numeric|text|varbit|varchar|vector|halfvec|sparsevec|jsonb?_populate_.*"
    r"|jsonb?_to_record.*|to_regtypemod|getdatabaseencoding|timezone_.*|row_to_json"
)
FUNCTIONS = """
SELECT proname, prokind, proretset, provariadic <> 0, prorettype::regtype::text,
    ARRAY(SELECT format_type(a, NULL) FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS u(a, n) ORDER BY n),
    coalesce(obj_description(p.oid, 'pg_proc'), ''), coalesce(aggkind::text, 'n'),
    pronamespace::regnamespace::text
FROM pg_proc AS p LEFT JOIN pg_aggregate ON aggfnoid = p.oid
WHERE provolatile <> 'v' AND prokind <> 'p' ORDER BY proname, p.oid::regprocedure::text
"""
OPERATORS = """
SELECT oprname, CASE WHEN oprleft = 0 THEN NULL ELSE format_type(oprleft, NULL) END,
    format_type(oprright, NULL), format_type(oprresult, NULL)
FROM pg_operator WHERE oprcode <> 0 ORDER BY oprname, oprleft::regtype::text, oprright::regtype::text
"""
CASTS = """
SELECT format_type(castsource, NULL), format_type(casttarget, NULL), castcontext FROM pg_cast
ORDER BY castsource::regtype::text, casttarget::regtype::text
"""
SHORT = {
    "boolean": "bool", "smallint": "int2", "integer": "int4", "bigint": "int8", "real": "float4",
    "double precision": "float8", "character varying": "varchar", "character": "bpchar",
    "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
    "time without time zone": "time", "time with time zone": "timetz", "bit varying": "varbit",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """Something with arguments of types and a result."""

    kind: str  # function, operator, cast, aggregate, window, rows
    name: str
    arguments: tuple[str, ...]
    result: str
    is_variadic: bool = False
    willingness: str = ""

    def __str__(self) -> str:
        types = ", ".join(self.arguments)
        if self.kind == "operator":
            return " ".join([*self.arguments[:-1], self.name, self.arguments[-1]])
        return f"{types}::{self.result}" if self.kind == "cast" else f"{self.name}({types})"


@dataclass
class Catalog:
    """Operations by what they result in."""

    operations: list[Operation]
    by_result: dict[str, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, dict[str, list[Operation]]] = field(default_factory=lambda: defaultdict(dict))
    aggregates: dict[str, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    windows: dict[str, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    rows: list[Operation] = field(default_factory=list)
    implicit: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for made in self.operations:
            if made.kind == "cast" and made.willingness == "i":
                self.implicit[made.result].append(made.arguments[0])
            if made.kind == "rows":
                self.rows.append(made)
                continue
            table = {"aggregate": self.aggregates, "window": self.windows}.get(made.kind, self.by_result)
            table[made.result].append(made)
            if table is self.by_result:
                self.by_name[made.result].setdefault(made.name, []).append(made)

    def without(self, banned: set[str]) -> Catalog:
        """Return the catalog without some operations."""
        return Catalog([made for made in self.operations if str(made) not in banned])


def read(connection: psycopg.Connection[Any], types: Sequence[str] = (*TYPES, *ARRAYS)) -> Catalog:
    """Return PostgreSQL's operations on these types."""
    known = {*types, *OPEN}
    found = []
    for (
        name,
        kind,
        gives_rows,
        variadic,
        result,
        arguments,
        description,
        aggkind,
        place,
    ) in connection.execute(FUNCTIONS).fetchall():
        left_out = LEFT_OUT.fullmatch(name) or (place == "pg_catalog" and BEHIND.match(description))
        if (left_out and kind == "f") or aggkind != "n":
            continue
        short = tuple(_short(argument) for argument in arguments)
        kinds = {"f": "rows" if gives_rows else "function", "a": "aggregate", "w": "window"}
        found.append(Operation(kinds[kind], name, short, _short(result), variadic))
    for name, left, right, result in connection.execute(OPERATORS).fetchall():
        short = tuple(_short(side) for side in (left, right) if side)
        found.append(Operation("operator", name, short, _short(result)))
    for source, target, context in connection.execute(CASTS).fetchall():
        found.append(Operation("cast", "cast", (_short(source),), _short(target), willingness=context))
    for name in types:
        found.append(Operation("cast", "cast", (name,), "text", willingness="e"))
        if name not in ("text", "varchar", "bpchar"):
            found.append(Operation("cast", "cast", ("text",), name, willingness="e"))
    kept = [m for m in found if set(m.arguments) <= known and (m.result in known or m.kind == "rows")]
    return Catalog(list(dict.fromkeys(kept)))


def bound(made: Operation, element: str) -> Operation:
    """Return an operation with its polymorphic types bound to an element type."""
    if not set((*made.arguments, made.result)) & set(OPEN):
        return made

    def bind(name: str) -> str:
        return (
            (element + "[]" if name.endswith("array") and "non" not in name else element)
            if name in OPEN
            else name
        )

    return Operation(
        made.kind, made.name, tuple(map(bind, made.arguments)), bind(made.result), made.is_variadic
    )


def _short(name: str) -> str:
    base, brackets = (name[:-2], "[]") if name.endswith("[]") else (name, "")
    return SHORT.get(base, base) + brackets
