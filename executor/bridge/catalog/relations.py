"""Rows of the catalog about relations: tables, indexes, views, sequences, their columns and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest

from vql import schema
from vql.executor.bridge.catalog.built_in.opclasses import classes_of
from vql.executor.bridge.catalog.constraints import Row, expression_word, key_numbers
from vql.executor.bridge.catalog.depends import default_oid
from vql.executor.bridge.catalog.information import identity_shown
from vql.executor.bridge.catalog.namespaces import namespaces, sequences_in, views_in
from vql.executor.bridge.catalog.roles import acl, roles_in, with_access
from vql.executor.bridge.catalog.type_rows import OWNER, collation, row_types_in, storage
from vql.language.analyze.used import SEQUENCE_COLUMNS
from vql.language.bind.definitions.shown import default_text
from vql.naming import is_temporary
from vql.roles.access import Access
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot

HEAP = 2
OF_SEQUENCES = tuple(
    schema.Column(name, type_, not_null=True, number=number)
    for number, (name, type_) in enumerate(SEQUENCE_COLUMNS.items(), 1)
)


def _class(
    namespace: int,
    oid: int,
    name: str,
    kind: str,
    natts: int,
    rows: float,
    indexed: bool,
    method: int,
    persistence: str,
) -> Row:
    is_stored, is_typed = kind not in "vc", kind in "rvmc"
    return (
        oid, name, namespace, (schema.ROW_TYPES + oid) * is_typed, 0, OWNER, method, oid * is_stored, 0, max(1, int(rows) // 64) if is_stored else 0, rows,
        0, 0, indexed, False, persistence, kind, natts, 0, not is_stored, False, False, False, False, True, "d" if kind in "rm" else "n", False,
        0, 0, 0, None, None, None,
    )  # fmt: skip


def classes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows, there, roles = [], namespaces(snapshot), roles_in(snapshot, session)
    for table in snapshot.tables.values():
        inside = there.get(table.schema, 0)
        count = float(sum(segment.rows for segment in snapshot.readable_segments(table.table_id)))
        made = _class(
            inside, table.table_id, table.name, "m" if table.text else "r", table.next_number - 1, count, bool(table.indexes), HEAP,
            table.persistence,
        )  # fmt: skip
        # What relchecks and relhastriggers say makes clients look for constraints.
        has_references = bool(table.foreign_keys or table.referenced_by)
        made = (*made[:18], len(table.checks), made[19], has_references, *made[21:])
        made = (
            *made[:22], table.has_row_security, table.forces_row_security, not table.is_unpopulated, *made[25:],
        )  # fmt: skip
        rows.append(with_access(_with_options(made, table.options), table.access, roles))
        of_index = Access(table.access.owner_id)
        for i in table.indexes:
            made = _class(
                inside, i.index_id, i.name, "i", len(i.columns) + len(i.included), count, False, registry.oid_of(i.method),
                table.persistence,
            )  # fmt: skip
            rows.append(with_access(_with_options(made, i.options), of_index, roles))
    for view in views_in(snapshot):
        kept = _persistence(view.schema)
        made = _class(there[view.schema], view.view_id, view.name, "v", len(view.columns), 0, False, 0, kept)
        checked = (("check_option", view.check_option),) if view.check_option else ()
        rows.append(with_access(_with_options(made, checked), view.access, roles))
    for found in row_types_in(snapshot):
        inside, fields = there[found.schema], found.next_number - 1
        made = _class(inside, found.relation_id, found.name, "c", fields, 0, False, 0, "p")
        rows.append(with_access(made, Access(found.access.owner_id), roles))
    for each in sequences_in(snapshot):
        kept = _persistence(each.schema)
        made = _class(there[each.schema], each.sequence_id, each.name, "S", 3, 1, False, 0, kept)
        rows.append(with_access(made, each.access, roles))
    return rows


def _with_options(row: Row, options: tuple[tuple[str, float | str], ...]) -> Row:
    """Return a row of pg_class with what its relation is told WITH."""
    texts = [f"{name}={value if isinstance(value, str) else f'{value:g}'}" for name, value in options]
    return (*row[:-2], texts or None, row[-1])


def _persistence(in_schema: str) -> str:
    return "t" if is_temporary(in_schema) else "p"


def _attribute(relation: int, number: int, column: schema.Column) -> Row:
    has_default = column.default is not None or bool(column.generated)
    has_missing = column.missing is not None
    return (
        relation, column.name, column.type.catalog_oid, -1, column.type.base.length, number,
        column.dimensions, -1, -1 if column.type.domain else column.type.typmod, False, "i",
        storage(column.type.base), "", column.not_null, has_default, has_missing,
        identity_shown(column)[:1].lower().replace("b", "d"), "s" * bool(column.generated), False, True, 0, collation(column.type.base, column.collation),
        None, None, None, None,
    )  # fmt: skip


def _dropped(relation: int, number: int) -> Row:
    """Return what is left of a column that was dropped."""
    return (
        relation, f"........pg.dropped.{number}........", 0, 0, 0, number, 0, -1, -1, False, "i", "p", "", False,
        False, False, "", "", True, True, 0, 0, None, None, None, None,
    )  # fmt: skip


def attributes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows, roles = [], roles_in(snapshot, session)
    for table in snapshot.tables.values():
        live = {column.number: column for column in table.columns}
        rows += [
            (
                *_attribute(table.table_id, number, live[number])[:-4],
                acl(table.access, roles, number),
                None,
                None,
                None,
            )
            if number in live
            else _dropped(table.table_id, number)
            for number in range(1, table.next_number)
        ]
        for index in table.indexes:
            names = (*index.columns, *index.included)
            columns = [table.stored[table.stored_position(name)] for name in names]
            rows += [
                _attribute(
                    index.index_id, i, replace(c, name=expression_word(c.name)) if c in table.computed else c
                )
                for i, c in enumerate(columns, 1)
            ]
    for view in views_in(snapshot):
        rows += [_attribute(view.view_id, column.number, column) for column in view.columns]
    for each in row_types_in(snapshot):
        fields = {column.number: column for column in each.columns}
        rows += [
            _attribute(each.relation_id, number, fields[number])
            if number in fields
            else _dropped(each.relation_id, number)
            for number in range(1, each.next_number)
        ]
    for found in sequences_in(snapshot):
        rows += [_attribute(found.sequence_id, column.number, column) for column in OF_SEQUENCES]
    return rows


def indexes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for table in snapshot.tables.values():
        for index in table.indexes:
            places = key_numbers(table, (*index.columns, *index.included))
            zeros = [0] * len(index.columns)
            collations = [
                collation(column.type.base, named or column.collation)
                for column, named in zip_longest(
                    (table.stored[table.stored_position(name)] for name in index.columns), index.collations
                )
            ]
            unique = index.unique or index.primary
            expressions = ", ".join(column.name for column in table.computed if column.name in index.columns)
            rows.append((
                index.index_id, table.table_id, len(places), len(zeros), unique, index.nulls_are_alike,
                index.primary, False, not index.is_deferrable, False, True, False, True, True, False, places, collations,
                classes_of(index, table),
                list(index.directions) or zeros,
                expressions or None, index.condition or None,
            ))  # fmt: skip
    return rows


def defaults(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    return [
        (
            default_oid(table, column),
            table.table_id,
            column.number,
            column.generated or default_text(column.default or "", column.type),
        )
        for table in snapshot.tables.values()
        for column in table.columns
        if column.default is not None or column.generated
    ]
