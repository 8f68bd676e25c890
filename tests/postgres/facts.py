"""What PostgreSQL's catalog says of a declaration: result, strictness, volatility, context of a cast."""

from __future__ import annotations

from typing import Any

import psycopg
from declared import MAKERS, OURS, SYNTAX

from vql.functions.declare import Conversion, Function

FUNCTION = """
SELECT format_type(prorettype, NULL), proisstrict, proretset,
    CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    prokind IN ('a', 'w')
FROM pg_proc WHERE proname = %s AND proargtypes = (
    SELECT coalesce(string_agg(t.text::regtype::oid::text, ' ' ORDER BY place), '')::oidvector
    FROM unnest(%s::text[]) WITH ORDINALITY AS t(text, place))
"""
OPERATOR = """
SELECT format_type(oprresult, NULL), proisstrict, proretset,
    CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END, false
FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode
WHERE oprname = %s AND oprright = %s::regtype AND oprleft = coalesce(%s::regtype::oid, 0)
"""
CAST = """
SELECT CASE castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END
FROM pg_cast WHERE castsource = %s::regtype AND casttarget = %s::regtype
"""
THROUGH_TEXT = """
SELECT CASE WHEN typcategory = 'S' THEN 'assignment' ELSE 'explicit' END FROM pg_type WHERE oid = %s::regtype
"""


def complaints(connection: psycopg.Connection[Any], made: Function | Conversion) -> list[str]:
    """Return where a declaration says otherwise than the catalog."""
    if isinstance(made, Conversion):
        return _of_cast(connection, made)
    types = ['"any"' if argument.type == "any" else argument.type for argument in made.arguments]
    if made.is_operator:
        left = types[0] if len(types) == 2 else None
        row = connection.execute(OPERATOR, (made.name, types[-1], left)).fetchone()
    else:
        row = connection.execute(FUNCTION, (made.name, types)).fetchone()
    if row is None and made.name in OURS | SYNTAX | MAKERS:
        return []
    if row is None:
        return ["PostgreSQL has none of this name and these types"]
    result, is_strict, gives_rows, volatility, is_aggregate = row
    declared = connection.execute("SELECT format_type(%s::regtype, NULL)", (made.result,)).fetchone()
    assert declared is not None
    found = [] if declared[0] == result else [f"gives {declared[0]}, in PostgreSQL {result}"]
    if is_aggregate != made.is_aggregate:
        found.append("is an aggregate in one of the two")
    # PostgreSQL's is strict as to the whole array.
    is_spread = any(argument.is_variadic for argument in made.arguments)
    if not is_aggregate and not is_spread and is_strict != made.is_strict:
        found.append(f"is_strict={made.is_strict}, in PostgreSQL {is_strict}")
    if gives_rows != made.gives_rows:
        found.append(f"gives_rows={made.gives_rows}, in PostgreSQL {gives_rows}")
    if not is_aggregate and volatility != made.volatility:
        found.append(f"volatility={made.volatility!r}, in PostgreSQL {volatility!r}")
    return found


def _of_cast(connection: psycopg.Connection[Any], made: Conversion) -> list[str]:
    row = connection.execute(CAST, (made.source, made.result)).fetchone()
    if row is None:
        if made.source.endswith("[]") and made.result.endswith("[]"):
            return []  # as its elements
        row = connection.execute(THROUGH_TEXT, (made.result,)).fetchone()
    assert row is not None
    right = row[0]
    return [] if right == made.willingness else [f"willingness={made.willingness!r}, in PostgreSQL {right!r}"]
