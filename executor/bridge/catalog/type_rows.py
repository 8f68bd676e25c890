"""Rows of pg_type and pg_enum, and the OIDs of what stands behind types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from vql import schema
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.namespaces import CATALOG, namespaces
from vql.routines import RangeDefinition
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot
from vql.typed import id_of
from vql.types.arrays.arrays import ArrayType
from vql.types.base import BaseType
from vql.types.collations import COLLATIONS
from vql.types.extensions.extension import VECTORS, extensions_in
from vql.types.objects import ObjectName
from vql.types.pseudo import PSEUDO_TYPES
from vql.types.text import NAME
from vql.types.type import BASE_TYPES, SCALARS, Domain, Type

OWNER = 10
PUBLIC = schema.PUBLIC_ID
DEFAULT_COLLATION = COLLATIONS["default"][0]
ARRAY_PROCEDURES = {"array_in": 750, "array_recv": 2400, "array_out": 751, "array_send": 2401}
FIRST_PROCEDURE = 15_000


def types(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    schemas = namespaces(snapshot)
    places = {each.name: schemas.get(each.schema, 0) for each in extensions_in(snapshot.others)}
    found = [(base, places.get(base.extension, CATALOG), OWNER) for base in base_types_in(snapshot)]
    for made in types_in(snapshot):
        if isinstance(made, Domain):
            rows += _rows_of_domain(made, schemas[made.schema])
        elif isinstance(made, schema.Enum | RangeDefinition):
            of = (schemas[made.schema], made.access.owner_id)
            found += [(type_.base, *of) for type_ in (made.type, made.type.array)]
        else:
            rows += _rows_of_relation(made, schemas[made.schema])
    for base, namespace, owner in found:
        array, short = isinstance(base, ArrayType), base.short_name
        rows.append((
            base.oid, short, namespace, owner, base.length,
            base.length in (1, 2, 4, 8), base.type_kind, base.category, base.is_preferred,
            True, ",", 0, procedure("array_subscript_handler" if array else "-"),
            base.element.oid if isinstance(base, ArrayType) else 0,
            base.array_oid or 0, procedure("array_in" if array else f"{short}in"),
            procedure("array_out" if array else f"{short}out"), procedure("array_recv" if array else "-"),
            procedure("array_send" if array else "-"), *(procedure("-"),) * 3, "i", storage(base), False, 0, -1, 0,
            collation(base), None, None, None,
        ))  # fmt: skip
    return rows + [_row_of_pseudo_type(name.strip('"'), oid) for name, oid in PSEUDO_TYPES.items()]


def _row_of_pseudo_type(name: str, oid: int) -> Row:
    """Return the row of a type that signatures alone are of."""
    none = procedure("-")
    return (
        oid, name, CATALOG, OWNER, 4, True, "p", "P", False, True, ",", 0, none, 0, 0, *(none,) * 7, "i", "p",
        False, 0, -1, 0, 0, None, None, None,
    )  # fmt: skip


def base_types_in(snapshot: Snapshot) -> list[BaseType]:
    """Return the types that are built in, of extensions those of the ones there are."""
    there = {each.name for each in extensions_in(snapshot.others)}
    return [base for base in BASE_TYPES.values() if not base.extension or base.extension in there]


def _rows_of_domain(domain: Domain, namespace: int) -> list[Row]:
    base, owner = domain.over.base, domain.access.owner_id
    return [
        (
            domain.type_id, domain.name, namespace, owner, base.length, base.length in (1, 2, 4, 8), "d",
            base.category, False, True, ",", 0, procedure("-"), 0, domain.array_id, procedure("domain_in"),
            procedure(f"{base.short_name}out"), *(procedure("-"),) * 5, "i", storage(base), domain.not_null,
            domain.over.oid, domain.over.typmod, 0, collation(base), domain.default, domain.default, None,
        ),
        (
            domain.array_id, f"_{domain.name}", namespace, owner, -1, False, "b", "A", False, True, ",", 0,
            procedure("array_subscript_handler"), domain.type_id, 0, procedure("array_in"),
            procedure("array_out"), procedure("array_recv"), procedure("array_send"), *(procedure("-"),) * 3, "i", "x", False, 0, -1,
            0, collation(base), None, None, None,
        ),
    ]  # fmt: skip


def _rows_of_relation(made: schema.Table | schema.View | schema.RowType, namespace: int) -> list[Row]:
    """Return what the rows of a relation are of, and arrays of them: without a look at its columns."""
    relation, owner = id_of(made), made.access.owner_id
    oid, array_oid, none = relation + schema.ROW_TYPES, relation + schema.ROW_ARRAYS, procedure("-")
    return [
        (
            oid, made.name, namespace, owner, -1, False, "c", "C", False, True, ",", relation, none, 0, array_oid,
            procedure("record_in"), procedure("record_out"), *(none,) * 5, "i", "x", False, 0, -1, 0, 0, None, None,
            None,
        ),
        (
            array_oid, f"_{made.name}", namespace, owner, -1, False, "b", "A", False, True, ",", 0,
            procedure("array_subscript_handler"), oid, 0, procedure("array_in"), procedure("array_out"),
            procedure("array_recv"), procedure("array_send"), *(none,) * 3, "i", "x", False, 0, -1, 0, 0, None, None,
            None,
        ),
    ]  # fmt: skip


def domains_in(snapshot: Snapshot) -> list[Domain]:
    """Return the domains there are."""
    return [found for found in snapshot.others.values() if isinstance(found, Domain)]


def domain_constraints(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.domain_constraints."""
    database = session["vql__database"]
    return [
        (database, made.schema, name, database, made.schema, made.name, "NO", "NO")
        for made in domains_in(snapshot)
        for name in (*[f"{made.name}_not_null"] * made.not_null, *(check.name for check in made.checks))
    ]


def types_in(snapshot: Snapshot) -> list[schema.Typed]:
    """Return what there is that has a type of its own."""
    return [found for found in snapshot.objects() if isinstance(found, schema.Typed)]


def row_types_in(snapshot: Snapshot) -> list[schema.RowType]:
    """Return the composite types there are."""
    return [found for found in snapshot.others.values() if isinstance(found, schema.RowType)]


def enums_of(snapshot: Snapshot) -> list[schema.Enum]:
    """Return the enumerations there are."""
    return [found for found in snapshot.others.values() if isinstance(found, schema.Enum)]


def ranges_in(snapshot: Snapshot) -> list[RangeDefinition]:
    """Return the range types that somebody made, without their multirange types."""
    found = (each for each in snapshot.others.values() if isinstance(each, RangeDefinition))
    return [each for each in found if not each.parts.is_multi]


def labels(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    return [
        (number, made.type_id, float(place), label)
        for made in enums_of(snapshot)
        for place, (number, label) in enumerate(made.labels, 1)
    ]


def storage(base: BaseType) -> str:
    """Return how PostgreSQL would store long values: plain, beside the row, or compressed too."""
    return "p" if base.length > 0 else "e" if base.extension == VECTORS.name else "x"


def collation(base: BaseType, named: str = "") -> int:
    """Return the OID of a type's collation, or of the one that is named; 0 where the type has none."""
    if named:
        return COLLATIONS[named][0]
    own = base.element if isinstance(base, ArrayType) else base
    return 0 if own.category != "S" else COLLATIONS["C"][0] if own is NAME else DEFAULT_COLLATION


@cache
def procedure_oids() -> dict[str, int]:
    """Return the functions behind types and index methods, and their OIDs."""
    names = ["heap_tableam_handler", "array_subscript_handler"]
    names += [f"{method}handler" for method in registry.method_names()]
    names += [base.short_name + end for base in SCALARS for end in ("in", "out")]
    return ARRAY_PROCEDURES | {name: FIRST_PROCEDURE + place for place, name in enumerate(names)}


@cache
def procedure(name: str) -> ObjectName:
    """Return what reads, writes or builds, by its name; 0 where pg_proc has none of the name."""
    return ObjectName(procedure_oids().get(name, 0), name)


@cache
def type_oids() -> dict[str, int]:
    """Return every spelling of a type and its OID, for to_regtype and ::regtype."""
    names: dict[str, int] = {}
    for base in BASE_TYPES.values():
        oid = base.oid or 0
        names |= {
            name: oid for name in (base.short_name, base.name, Type(base.name).formatted(), *base.aliases)
        }
    return names | {name.strip('"'): oid for name, oid in PSEUDO_TYPES.items()}
