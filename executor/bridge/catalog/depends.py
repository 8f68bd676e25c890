"""pg_depend and pg_rewrite: what has to be there for what. pg_dump puts its statements in that order, and
leaves out what belongs to an extension."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vql import schema
from vql.constraints import ForeignKey
from vql.executor.bridge.catalog.built_in.opclasses import extension_classes, extension_families
from vql.executor.bridge.catalog.built_in.operators import casts_of, operators
from vql.executor.bridge.catalog.built_in.routines import built_ins
from vql.executor.bridge.catalog.constraints import Row, constraints_in, referenced_index
from vql.executor.bridge.catalog.namespaces import sequences_in, views_in
from vql.executor.bridge.catalog.type_rows import domains_in, ranges_in, row_types_in
from vql.language.analyze.catalog_columns import OIDS
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot
from vql.types.extensions.extension import VECTORS, extensions_in
from vql.types.type import BASE_TYPES, Type

# An object by its relation of the catalog, its OID, and the number of a column of it, 0 for all of it.
Address = tuple[str, int, int]
Dependency = tuple[Address, Address, str]
NORMAL, AUTO, INTERNAL, OF_EXTENSION = "n", "a", "i", "e"


def depends(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_depend."""
    found: list[Dependency] = [*_of_extensions(snapshot), *_of_types(snapshot), *_of_views(snapshot)]
    for table in snapshot.tables.values():
        found += _of_table(table, snapshot)
    found += _of_sequences(snapshot)
    for constraint in constraints_in(snapshot):
        found += _of_constraint(
            constraint.oid, constraint.table, constraint.made, constraint.columns, snapshot
        )
    return [
        (OIDS[what[0]], *what[1:], OIDS[on[0]], *on[1:], kind)
        for what, on, kind in found
        if what[1] and on[1]
    ]


def rules(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_rewrite: the rule of each view, which has its OID."""
    return [(oid, "_RETURN", oid, "1", "O", True, None, None) for oid, _ in _readings(snapshot)]


def _of_extensions(snapshot: Snapshot) -> Iterator[Dependency]:
    there = {each.name: each for each in extensions_in(snapshot.others)}
    for base in BASE_TYPES.values():
        if base.extension in there:
            extension = ("pg_extension", there[base.extension].extension_id, 0)
            yield ("pg_type", base.oid or 0, 0), extension, OF_EXTENSION
    for name, each in there.items():
        extension = ("pg_extension", each.extension_id, 0)
        brought = {
            "pg_proc": (found.oid for found in built_ins() if found.extension == name),
            "pg_operator": (found.oid for found in operators() if found.extension == name),
            "pg_cast": casts_of(name),
        }
        for relation, oids in brought.items():
            yield from (((relation, oid, 0), extension, OF_EXTENSION) for oid in oids)
    if VECTORS.name not in there:
        return
    extension = ("pg_extension", there[VECTORS.name].extension_id, 0)
    for method in registry.method_names():
        if registry.oid_of(method) >= schema.FIRST_OID_MADE:
            yield ("pg_am", registry.oid_of(method), 0), extension, OF_EXTENSION
    for oid in extension_classes():
        yield ("pg_opclass", oid, 0), extension, OF_EXTENSION
    for oid in extension_families():
        yield ("pg_opfamily", oid, 0), extension, OF_EXTENSION


def _of_types(snapshot: Snapshot) -> Iterator[Dependency]:
    for domain in domains_in(snapshot):
        yield from _on_type(("pg_type", domain.type_id, 0), domain.over)
        for check in domain.checks:
            yield ("pg_constraint", check.constraint_id, 0), ("pg_type", domain.type_id, 0), AUTO
    for made in ranges_in(snapshot):
        parts = made.parts
        yield ("pg_type", parts.pair[1], 0), ("pg_type", parts.type_id, 0), INTERNAL
    for each in row_types_in(snapshot):
        type_ = ("pg_type", each.type.catalog_oid, 0)
        yield ("pg_class", each.relation_id, 0), type_, INTERNAL
        for column in each.columns:
            yield from _on_type(("pg_class", each.relation_id, column.number), column.type)


def _on_type(what: Address, type_: Type) -> Iterator[Dependency]:
    """Yield that something has values of a type which somebody made."""
    oid = type_.catalog_oid
    if oid >= schema.FIRST_OID_MADE:
        yield what, ("pg_type", oid, 0), NORMAL


def _readings(snapshot: Snapshot) -> Iterator[tuple[int, Iterable[schema.Reading]]]:
    yield from ((view.view_id, view.reads) for view in views_in(snapshot))
    yield from ((table.table_id, table.reads) for table in snapshot.tables.values() if table.text)


def _of_views(snapshot: Snapshot) -> Iterator[Dependency]:
    for oid, reads in _readings(snapshot):
        rule = ("pg_rewrite", oid, 0)
        yield rule, ("pg_class", oid, 0), INTERNAL
        for read in reads:
            for number, _ in read.columns or ((0, ""),):
                yield rule, ("pg_class", read.object_id, number), NORMAL


def _of_table(table: schema.Table, snapshot: Snapshot) -> Iterator[Dependency]:
    for column in table.columns:
        mine = ("pg_class", table.table_id, column.number)
        yield from _on_type(mine, column.type)
        if column.default is not None or column.generated:
            default = ("pg_attrdef", default_oid(table, column), 0)
            yield default, mine, AUTO
            yield default, ("pg_class", column.numbered_by, 0), NORMAL
    for index in table.indexes:
        if not index.is_declared:
            for number in _numbers(table, index.columns):
                yield ("pg_class", index.index_id, 0), ("pg_class", table.table_id, number), AUTO
    for policy in table.policies:
        yield ("pg_policy", policy.policy_id, 0), ("pg_class", table.table_id, 0), AUTO


def default_oid(table: schema.Table, column: schema.Column) -> int:
    """Return the OID of a column's default in pg_attrdef."""
    return table.table_id * 2_000 + column.number


def _of_sequences(snapshot: Snapshot) -> Iterator[Dependency]:
    for sequence in sequences_in(snapshot):
        table = snapshot.tables_by_id.get(sequence.owner_id)
        if table is not None:
            is_identity = any(column.sequence == sequence.sequence_id for column in table.columns)
            owner = ("pg_class", table.table_id, sequence.owner_column)
            yield ("pg_class", sequence.sequence_id, 0), owner, INTERNAL if is_identity else AUTO


def _of_constraint(
    oid: int, table: schema.Table, made: object, columns: Iterable[str], snapshot: Snapshot
) -> Iterator[Dependency]:
    mine = ("pg_constraint", oid, 0)
    for number in _numbers(table, columns):
        yield mine, ("pg_class", table.table_id, number), AUTO
    if isinstance(made, schema.Index):
        yield ("pg_class", made.index_id, 0), mine, INTERNAL
    if isinstance(made, ForeignKey):
        for number in made.referenced:
            yield mine, ("pg_class", made.referenced_id, number), NORMAL
        yield mine, ("pg_class", referenced_index(made, snapshot).index_id, 0), NORMAL


def _numbers(table: schema.Table, names: Iterable[str]) -> list[int]:
    """Return the numbers of columns, without those that are computed for an index."""
    found = (table.column(name) for name in names)
    return [column.number for column in found if column is not None]
