"""Rows of pg_opclass, pg_opfamily and pg_amop, and pg_index.indclass: which operator class each column of an
index has, and which operators an index of it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from vql import schema
from vql.executor.bridge.catalog.built_in.operators import Operator, operators_by_sides
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.namespaces import CATALOG, namespaces
from vql.executor.bridge.catalog.type_rows import OWNER
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot
from vql.types.base import BaseType
from vql.types.extensions.extension import VECTORS, extension_schemas
from vql.types.opclasses import ARRAY_CLASS, KIND_CLASSES, OPCLASSES, opclass_of
from vql.types.search.tsquery import TSQUERY
from vql.types.search.tsvector import TSVECTOR
from vql.types.text import BPCHAR, TEXT
from vql.types.type import BASE_TYPES, DOUBLE, JSONB, SCALARS, Type

# PostgreSQL's classes below the OIDs of objects that are made, the extension's above them.
FIRST_BUILT_IN, FIRST_OF_EXTENSION = 14_000, 16_420
# The pseudo-types that the classes of all types of a kind take.
TAKEN_BY_KINDS = {"e": 3500, "r": 3831, "m": 4537, "c": 2249}
ANY_ARRAY = 2277
# Classes whose types are compared with each other, and the family of both.
FAMILIES = {
    **dict.fromkeys(("int2", "int4", "int8"), "integer"), **dict.fromkeys(("float4", "float8"), "float"),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), "datetime"), **dict.fromkeys(("text", "varchar", "name"), "text"),
    "varchar_pattern": "text_pattern",
}  # fmt: skip
# Classes of texts that only an index that names them has, and the type that they take.
NAMED_ALONE = {
    "varchar_ops": TEXT, "text_pattern_ops": TEXT, "varchar_pattern_ops": TEXT, "bpchar_pattern_ops": BPCHAR,
}  # fmt: skip
FIRST_FAMILY, FIRST_ENTRY = 1_900, 20_000
# What an index of values answers, by its number of PostgreSQL's.
STRATEGIES = (("<", 1), ("<=", 2), ("=", 3), (">=", 4), (">", 5))
PATTERN_STRATEGIES = (("~<~", 1), ("~<=~", 2), ("=", 3), ("~>=~", 4), ("~>~", 5))
OF_ELEMENTS = {
    ARRAY_CLASS: (("&&", 1), ("@>", 2), ("<@", 3), ("=", 4)),
    "jsonb_ops": (("@>", 7), ("?", 9), ("?|", 10), ("?&", 11), ("@?", 15), ("@@", 16)),
    "jsonb_path_ops": (("@>", 7), ("@?", 15), ("@@", 16)),
    "tsvector_ops": (("@@", 1), ("@@@", 2)),
}
# What is on the right of them, where that is of another type than the class.
RIGHT_SIDES = {"tsvector_ops": TSQUERY.oid or 0}
DISTANCES = {
    "l2": "<->", "inner_product": "<#>", "cosine": "<=>", "l1": "<+>", "hamming": "<~>", "jaccard": "<%>",
}  # fmt: skip


@cache
def operator_classes() -> dict[tuple[str, str], Row]:
    """Return the rows of pg_opclass by access method and name."""
    rows: dict[tuple[str, str], Row] = {}
    found = [(m, ARRAY_CLASS, ANY_ARRAY, True) for m in (*registry.SORTED, *registry.OF_ELEMENTS)]
    for method in registry.OF_ELEMENTS:
        found += [
            (method, name, JSONB.base.oid or 0, name == "jsonb_ops")
            for name in ("jsonb_ops", "jsonb_path_ops")
        ]
        found.append((method, f"{TSVECTOR.name}_ops", TSVECTOR.oid or 0, True))
    for method in registry.SORTED:
        if method not in registry.CLASS_ENDINGS:
            found += [(method, KIND_CLASSES[kind], taken, True) for kind, taken in TAKEN_BY_KINDS.items()]
            found += [(method, name, type_.oid or 0, False) for name, type_ in NAMED_ALONE.items()]
        found += [
            (method, registry.default_class(method, Type(base.name)), base.oid or 0, True)
            for base in SCALARS
            if base.has_order and not base.metrics and base.type_kind == "b" and not base.classed_as
        ]
    for place, (method, name, taken, is_default) in enumerate(found, FIRST_BUILT_IN):
        rows[method, name] = (place, registry.oid_of(method), name, CATALOG, OWNER, 0, taken, is_default, 0)
    place = FIRST_OF_EXTENSION
    for method, kinds in registry.OURS.items():
        for name, (type_name, metric) in OPCLASSES.items():
            base = BASE_TYPES[type_name]
            for kind in kinds:
                if kind.accepts(Type(type_name), metric):
                    is_default = not kind.needs_opclass and metric == base.metrics[0]
                    rows[method, name] = (
                        place, registry.oid_of(method), name, schema.PUBLIC_ID, OWNER, 0, base.oid, is_default, 0,
                    )  # fmt: skip
                    place += 1
    return rows


@cache
def operator_families() -> dict[tuple[str, str], int]:
    """Return the OIDs of operator families by access method and name; those of the extension are above."""
    names = dict.fromkeys((method, family_of(method, name)) for method, name in operator_classes())
    found = {}
    for place, (method, name) in enumerate(names):
        found[method, name] = place + (FIRST_OF_EXTENSION if name in OPCLASSES else FIRST_FAMILY)
    return found


def family_of(method: str, name: str) -> str:
    """Return the family of an operator class."""
    ending = registry.CLASS_ENDINGS.get(method, "_ops")
    type_name = name.removesuffix(ending)
    return FAMILIES[type_name] + ending if type_name in FAMILIES else name


def classes_shown(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_opclass: the extension's classes are in its schema, while it is there."""
    place, families = _extension_place(snapshot), operator_families()
    made = [
        (*row[:5], families[method, family_of(method, name)], *row[6:])
        for (method, name), row in operator_classes().items()
    ]
    return _placed(made, place)


def families_shown(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_opfamily, as pg_opclass."""
    made: list[Row] = [
        (oid, registry.oid_of(method), name, CATALOG, OWNER)
        for (method, name), oid in operator_families().items()
    ]
    return _placed(made, _extension_place(snapshot))


def entries(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_amop."""
    is_there, families = _extension_place(snapshot) is not None, operator_families()
    sorting = families[registry.default_method(DOUBLE), FAMILIES["float8"] + "_ops"]
    made: list[Row] = []
    for family, method, name, strategy in _entries():
        if is_there or not name.extension:
            is_distance = method not in (*registry.SORTED, *registry.OF_ELEMENTS)
            made.append((
                FIRST_ENTRY + len(made), families[family], name.left, name.right, strategy, "o" if is_distance else "s",
                name.oid, registry.oid_of(method), sorting if is_distance else 0,
            ))  # fmt: skip
    return made


@cache
def _entries() -> tuple[tuple[tuple[str, str], str, Operator, int], ...]:
    """Return what operators an index answers: the family, its method, the operator and its number."""
    members: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for (method, name), row in operator_classes().items():
        members.setdefault((method, family_of(method, name)), []).append((name, int(str(row[6]))))
    known, found = operators_by_sides(), []
    for (method, family), classes in members.items():
        types = [oid for _, oid in classes]
        if method in registry.SORTED:
            pairs = [(left, right) for left in types for right in types]
            sorting = PATTERN_STRATEGIES if "_pattern_" in family else STRATEGIES
            strategies: tuple[tuple[str, int], ...] = (
                (("=", 1),) if method in registry.EQUALITY_ALONE else sorting
            )
        elif method in registry.OF_ELEMENTS:
            pairs, strategies = [(types[0], RIGHT_SIDES.get(family, types[0]))], OF_ELEMENTS[family]
        else:
            pairs, strategies = [(types[0], types[0])], ((DISTANCES[OPCLASSES[family][1]], 1),)
        for left, right in pairs:
            there = ((known.get((op, left, right)), number) for op, number in strategies)
            found += [((method, family), method, each, number) for each, number in there if each is not None]
    return tuple(found)


def _extension_place(snapshot: Snapshot) -> int | None:
    return namespaces(snapshot).get(extension_schemas(snapshot.others).get(VECTORS.name, ""))


def _placed(made: list[Row], place: int | None) -> list[Row]:
    if place is None:
        return [row for row in made if _oid(row) < FIRST_OF_EXTENSION]
    return [(*row[:3], place, *row[4:]) if _oid(row) >= FIRST_OF_EXTENSION else row for row in made]


def extension_classes() -> Iterator[int]:
    """Yield the OIDs of the extension's classes."""
    return (oid for oid in map(_oid, operator_classes().values()) if oid >= FIRST_OF_EXTENSION)


def extension_families() -> Iterator[int]:
    """Yield the OIDs of the extension's operator families."""
    return (oid for oid in operator_families().values() if oid >= FIRST_OF_EXTENSION)


def btree_class_of(base: BaseType) -> int:
    """Return the OID of the class by which a btree orders values of a type."""
    btree = registry.SORTED[0]
    return _oid(operator_classes()[btree, registry.default_class(btree, Type(base.name))])


def classes_of(index: schema.Index, table: schema.Table) -> list[int]:
    """Return the OIDs of an index's classes, as oidvector has them; 0 where a method has none by name."""
    found = []
    for place, name in enumerate(index.columns):
        type_ = table.stored[table.stored_position(name)].type
        if index.metric:
            called = opclass_of(type_.name, index.metric)
        else:
            named = index.opclasses[place] if place < len(index.opclasses) else ""
            called = named or registry.default_class(index.method, type_)
        row = operator_classes().get((index.method, called))
        found.append(0 if row is None else _oid(row))
    return found


def _oid(row: Row) -> int:
    return int(str(row[0]))
