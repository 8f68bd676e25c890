"""pg_describe_object: an object of the catalog in words, as \\dx+ of psql lists what an extension has."""

from __future__ import annotations

from typing import Any

from vql.functions.declare import Environment, function
from vql.functions.lookups import CatalogLookups
from vql.functions.system.objects import catalog_of
from vql.types.pseudo import NAMES_OF_PSEUDO_TYPES

KINDS = {
    "r": "table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "i": "index",
    "c": "composite type",
}
# What is its kind and its name, the place of which is in its row.
NAMED = {
    "pg_namespace": ("schema", 1), "pg_extension": ("extension", 1), "pg_am": ("access method", 1),
    "pg_authid": ("role", 1), "pg_database": ("database", 1), "pg_language": ("language", 1),
    "pg_tablespace": ("tablespace", 1), "pg_collation": ("collation", 1),
}  # fmt: skip


@function(
    "pg_describe_object(oid, oid, integer) -> text",
    needs_environment=True,
    volatility="stable",
    is_strict=False,
)
def described(environment: Environment, of: int | None, oid: int | None, number: int | None) -> str | None:
    """Return what an object is; NULL of none."""
    if of is None or oid is None or number is None:
        return None
    catalog = catalog_of(environment)
    relation = catalog.name_of("regclass", of) or ""
    relation = relation.rpartition(".")[2]
    if relation in NAMED:
        kind, place = NAMED[relation]
        row = _row(catalog, relation, oid)
        return None if row is None else f"{kind} {row[place]}"
    match relation:
        case "pg_class":
            return _relation(catalog, oid, number)
        case "pg_type":
            name = NAMES_OF_PSEUDO_TYPES.get(oid) or catalog.name_of("regtype", oid)
            return name and f"type {name}"
        case "pg_proc" | "pg_operator":
            kind, called = (
                ("function", "regprocedure") if relation == "pg_proc" else ("operator", "regoperator")
            )
            name = catalog.name_of(called, oid)
            return name and f"{kind} {name}"
        case "pg_cast":
            row = _row(catalog, relation, oid)
            names = () if row is None else [catalog.name_of("regtype", each) for each in row[1:3]]
            return f"cast from {names[0]} to {names[1]}" if names else None
        case "pg_opclass" | "pg_opfamily":
            row = _row(catalog, relation, oid)
            method = None if row is None else _row(catalog, "pg_am", row[1])
            word = "class" if relation == "pg_opclass" else "family"
            return (
                None
                if row is None or method is None
                else f"operator {word} {row[2]} for access method {method[1]}"
            )
        case "pg_constraint":
            row = _row(catalog, relation, oid)
            return None if row is None else f"constraint {row[1]} on {_relation(catalog, row[7], 0)}"
        case "pg_attrdef":
            row = _row(catalog, relation, oid)
            return None if row is None else f"default value for {_relation(catalog, row[1], row[2])}"
    return None


def _row(catalog: CatalogLookups, relation: str, oid: int) -> tuple[Any, ...] | None:
    return next((row for row in catalog.rows(relation) if row[0] == oid), None)


def _relation(catalog: CatalogLookups, oid: int, number: int) -> str | None:
    row = next((row for row in catalog.rows("pg_class", "oid", oid) if row[0] == oid), None)
    if row is None:
        return None
    shown = f"{KINDS[row[16]]} {catalog.name_of('regclass', oid)}"
    if not number:
        return shown
    columns = catalog.rows("pg_attribute", "attrelid", oid)
    return next(
        (f"column {each[1]} of {shown}" for each in columns if each[0] == oid and each[5] == number), None
    )
