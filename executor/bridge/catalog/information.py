"""Rows of information_schema, but for those of constraints, made from a snapshot's catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from vql import schema
from vql.executor.bridge.catalog.built_in.routines import LANGUAGES, defaults_of, known_functions
from vql.executor.bridge.catalog.constraints import (
    YES,
    Row,
    check_clauses,
    columns_used,
    default_shown,
    key_columns,
    referential_constraints,
    table_constraints,
    tables_used,
)
from vql.executor.bridge.catalog.found import type_at
from vql.executor.bridge.catalog.namespaces import namespaces, sequences_in, tables_in, view_text, views_in
from vql.executor.bridge.catalog.roles import is_shown_routine, owner_name, roles_in, schema_access, visible
from vql.executor.bridge.catalog.type_rows import domains_in, types_in
from vql.language.analyze.catalog_columns import COLUMNS
from vql.language.bind.changes.updatable import events_of, updatable_columns
from vql.language.bind.definitions.shown import columns_named
from vql.naming import is_temporary
from vql.routines import Routine
from vql.storage.snapshot import Snapshot
from vql.types.collations import COLLATIONS
from vql.types.extensions.extension import extension_schemas
from vql.types.pseudo import PSEUDO_TYPES
from vql.types.text import NAME
from vql.types.type import BASE_TYPES, Domain, Type

Maker = Callable[[Snapshot, Mapping[str, str]], "list[Row]"]
Relation = schema.Table | schema.View


def identity_shown(column: schema.Column) -> str:
    """Return how an identity column is generated, "" of others."""
    return {"": "", "always": "ALWAYS"}.get(column.identity, "BY DEFAULT")


def _information_tables(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    database = session["vql__database"]
    tables = visible(tables_in(snapshot), snapshot, session)
    found = [(name, "BASE TABLE", "YES") for name in sorted(table.qualified for table in tables)]
    found += [
        (view.qualified, "VIEW", YES[events_of(view, snapshot) & 8 == 8])
        for view in visible(views_in(snapshot), snapshot, session)
    ]
    own = session["vql__temporary"]
    return [
        (database, *name, "LOCAL TEMPORARY" if name[0] == own else kind, *(None,) * 5, takes, "NO", None)
        for name, kind, takes in found
        if name[0] == own or not is_temporary(name[0])
    ]


# What has no value here, and none in PostgreSQL either.
CHARACTER_SET = COLLATION = SCOPE = (None, None, None)
UNNUMBERED = ("NO", None, None, None, None, None, "NO")
# Bytes of a character at most, and of a value that may have any number of them.
CHARACTER_BYTES, TEXT_BYTES = 4, 1 << 30


def _lengths(type_: Type) -> Row:
    """Return the characters, or bits, and the bytes that values may have."""
    category, length = type_.base.category, type_.modifier
    if category == "V":
        return length, None
    if category != "S":
        return None, None
    return length, TEXT_BYTES if length is None else CHARACTER_BYTES * length


def _digits(type_: Type) -> Row:
    """Return of numbers the precision, its radix and the scale, of moments the digits of their seconds, and
    of intervals their fields and those digits once more."""
    category, typmod = type_.base.category, type_.typmod
    if type_.is_integer:
        return 8 * type_.dtype.itemsize, 2, 0, None, None, None
    if type_.is_float:
        return np.finfo(type_.dtype).nmant + 1, 2, None, None, None, None
    if category == "N" and type_.base.length < 0:
        given = typmod >= 0
        precision, scale = ((typmod - 4) >> 16, (typmod - 4) & 0xFFFF) if given else (None, None)
        return precision, 10, scale, None, None, None
    if category == "D":
        digits = 0 if type_.base.length == 4 else 6 if typmod < 0 else typmod
        return None, None, None, digits, None, None
    if category == "T":
        digits = typmod & 0xFFFF
        fields = type_.formatted().removeprefix("interval").lstrip("(0123456789)").strip().upper()
        return None, None, None, 6 if digits == 0xFFFF else digits, fields or None, None
    return (None,) * 6


class _Described:
    """What information_schema says of types."""

    def __init__(self, snapshot: Snapshot, session: Mapping[str, str]) -> None:
        self.database = session["vql__database"]
        self._snapshot = snapshot
        self._places = extension_schemas(snapshot.others)
        self._columns: dict[tuple[Type, int, str], Row] = {}

    @cached_property
    def _homes(self) -> dict[int | None, str]:
        """The schemas of types that were made, by their OIDs."""
        made = [found for found in types_in(self._snapshot) if not isinstance(found, Domain)]
        return {oid: found.schema for found in made for oid in (found.type.oid, found.type.array.oid)}

    def column(self, type_: Type, collation: str = "") -> Row:
        """Return what `columns` says of a type from data_type to dtd_identifier; many columns are of few types."""
        collation = collation or "C" * (type_.base is NAME)
        key = type_, 0 if type_.domain is None else type_.domain.type_id, collation
        found = self._columns.get(key)
        if found is None:
            found = self._columns[key] = (
                self.name(type_), *_lengths(type_), *_digits(type_), *CHARACTER_SET,
                *((self.database, "pg_catalog", collation) if collation else COLLATION),
                *self.domain(type_), *self.places(type_), *SCOPE, None,
            )  # fmt: skip
        return found

    def name(self, type_: Type) -> str:
        """Return the kind of a type, or its name where it is one of PostgreSQL's."""
        return "ARRAY" if type_.is_array else self.shown(type_)

    def shown(self, type_: Type) -> str:
        """Return the name of a type that is one of PostgreSQL's."""
        is_own = type_.base.extension or type_.made
        return "USER-DEFINED" if is_own else type_.sized(None).plain.formatted()

    def places(self, type_: Type) -> Row:
        """Return database, schema and name of a type, behind its domain."""
        if type_.domain is not None and type_.is_of_domains:
            return self.database, type_.domain.schema, f"_{type_.domain.name}"
        of = self._places.get(type_.base.extension, "pg_catalog")
        return self.database, self._homes[type_.oid] if type_.made else of, type_.base.short_name

    def domain(self, type_: Type) -> Row:
        """Return the domain of a column's values."""
        if type_.domain is None or type_.is_of_domains:
            return None, None, None
        return self.database, type_.domain.schema, type_.domain.name


def _numbers_of(column: schema.Column, sequences: Mapping[int, schema.Sequence]) -> Row:
    """Return how an identity column is numbered."""
    if not column.identity:
        return UNNUMBERED
    found = sequences[column.numbered_by]
    numbers = (found.start, found.increment, found.maximum, found.minimum)
    return "YES", identity_shown(column), *map(str, numbers), YES[found.cycles]


def _refuses_null(type_: Type) -> bool:
    return type_.domain is not None and not type_.is_of_domains and type_.domain.not_null


def _columns_shown(
    snapshot: Snapshot, session: Mapping[str, str]
) -> Iterator[tuple[Relation, schema.Column]]:
    relations: list[Relation] = [
        *visible(tables_in(snapshot), snapshot, session),
        *visible(views_in(snapshot), snapshot, session),
    ]
    return ((relation, column) for relation in relations for column in relation.columns)


def _information_columns(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    described, database = _Described(snapshot, session), session["vql__database"]
    sequences = {found.sequence_id: found for found in sequences_in(snapshot)}
    changed = {
        view.view_id: updatable_columns(view, snapshot)
        for view in visible(views_in(snapshot), snapshot, session)
    }
    return [
        (
            database, table.schema, table.name, column.name, column.number, default_shown(column, snapshot),
            "NO" if column.not_null or _refuses_null(column.type) else "YES", *described.column(column.type, column.collation),
            str(column.number), "NO",
            *_numbers_of(column, sequences), "ALWAYS" if column.generated else "NEVER",
            column.generated or None,
            YES[isinstance(table, schema.Table) or column.name in changed[table.view_id]],
        )
        for table, column in _columns_shown(snapshot, session)
    ]  # fmt: skip


def _domains(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    described, database = _Described(snapshot, session), session["vql__database"]
    return [
        (
            database, made.schema, made.name, described.shown(made.over), *_lengths(made.over), *CHARACTER_SET,
            *COLLATION, *_digits(made.over), made.default, *described.places(made.over), *SCOPE, None, "1",
        )
        for made in domains_in(snapshot)
    ]  # fmt: skip


def _element_types(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    described = _Described(snapshot, session)
    rows: list[Row] = []
    for table, column in _columns_shown(snapshot, session):
        if not column.type.is_array:
            continue
        element = column.type.element
        is_domain = element.domain is not None
        rows.append((
            described.database, table.schema, table.name, "TABLE", str(column.number),
            "USER-DEFINED" if is_domain else described.name(element), None, None, *CHARACTER_SET, *COLLATION,
            *(None,) * 6, *(described.domain if is_domain else described.places)(element), *SCOPE, None,
            f"a{column.number}",
        ))  # fmt: skip
    return rows


def _read_by_views(
    snapshot: Snapshot, session: Mapping[str, str]
) -> Iterator[tuple[schema.View, schema.Reading, Relation]]:
    """Yield the views there are, and the tables and views that each of them reads."""
    for view in views_in(snapshot):
        for reading in view.reads:
            found = snapshot.definition(reading.object_id)
            if isinstance(found, schema.Table | schema.View) and visible([found], snapshot, session):
                yield view, reading, found


def _tables_of_views(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    database = session["vql__database"]
    found = (
        (database, view.schema, view.name, database, read.schema, read.name)
        for view, _, read in _read_by_views(snapshot, session)
    )
    return list(dict.fromkeys(found))


def _columns_of_views(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    database, rows = session["vql__database"], dict[Row, None]()
    for view, reading, read in _read_by_views(snapshot, session):
        named = columns_named(view, reading)
        rows |= {
            (database, view.schema, view.name, database, read.schema, read.name, column.name): None
            for column in read.columns
            if column.number in named
        }
    return list(rows)


PROC_COLUMNS = [column.partition(":")[0] for column in COLUMNS["pg_proc"].split()]
PSEUDO_NAMES = {oid: name for name, oid in PSEUDO_TYPES.items()}
# pg_proc.proargmodes as information_schema has it.
ARGUMENT_MODES = {"i": "IN", "v": "IN", "o": "OUT", "t": "OUT", "b": "INOUT"}
# Of a type, what only columns have: lengths, character set, collation, digits.
NOT_OF_ROUTINES = (None,) * 14


class _Callable:
    """A function as information_schema has it: its row of pg_proc by the names of columns."""

    def __init__(self, row: Row, snapshot: Snapshot, described: _Described) -> None:
        self.of: dict[str, Any] = dict(zip(PROC_COLUMNS, row, strict=True))
        self._snapshot, self._described = snapshot, described
        self._schemas = {oid: name for name, oid in namespaces(snapshot).items()}

    @property
    def specific(self) -> Row:
        """Return its database, its schema and what tells it from others of its name."""
        name = f"{self.of['proname']}_{self.of['oid']}"
        return self._described.database, self._schemas[self.of["pronamespace"]], name

    def type_of(self, oid: int) -> tuple[str, Row]:
        """Return the kind of a type, and its database, schema and name."""
        found, described = type_at(oid, self._snapshot), self._described
        if found is None:
            name = PSEUDO_NAMES.get(oid, "unknown")
            return name, (described.database, "pg_catalog", name.strip('"'))
        if found.domain is not None and not found.is_of_domains:
            return "USER-DEFINED", described.domain(found)
        return described.name(found), described.places(found)

    def parameters(self) -> Iterator[Row]:
        """Yield the rows of information_schema.parameters."""
        of = self.of
        types = of["proallargtypes"] or of["proargtypes"]
        modes, names = of["proargmodes"] or "i" * len(types), of["proargnames"] or [None] * len(types)
        for number, (oid, mode, name) in enumerate(zip(types, modes, names, strict=True), 1):
            kind, places = self.type_of(int(oid))
            default = defaults_of(of["oid"], self._snapshot).get(number)
            yield (
                *self.specific, number, ARGUMENT_MODES[mode], "NO", "NO", name or None, kind, *NOT_OF_ROUTINES, *places,
                *SCOPE, None, str(number), default,
            )  # fmt: skip

    def routine(self) -> Row:
        """Return the row of information_schema.routines."""
        of, specific = self.of, self.specific
        kind, places = self.type_of(of["prorettype"])
        language = LANGUAGES[of["prolang"]].upper()
        shown = (
            *specific, *specific[:2], of["proname"], "FUNCTION" if of["prokind"] == "f" else None, *(None,) * 6, kind,
            *NOT_OF_ROUTINES, *places, *SCOPE, None, "0", "SQL" if language == "SQL" else "EXTERNAL", of["prosrc"],
            of["prosrc"] if language == "C" else None, language, "GENERAL", YES[of["provolatile"] == "i"], "MODIFIES",
            YES[of["proisstrict"]], None, "YES", 0, None, None, "INVOKER", None, None, None, "NO", None, None, None, "NO",
        )  # fmt: skip
        return (*shown, *(None,) * (len(COLUMNS["information_schema.routines"].split()) - len(shown)))


def _callables(snapshot: Snapshot, session: Mapping[str, str]) -> list[_Callable]:
    described = _Described(snapshot, session)
    made = [each for each in snapshot.others.values() if isinstance(each, Routine)]
    hidden = {each.routine_id for each in made if not is_shown_routine(each.access, snapshot, session)}
    found = (_Callable(row, snapshot, described) for row in known_functions(snapshot, session))
    return [each for each in found if each.of["oid"] not in hidden]


INFORMATION: dict[str, Maker] = {
    "information_schema.routines": lambda n, s: [each.routine() for each in _callables(n, s)],
    "information_schema.parameters": lambda n, s: [row for each in _callables(n, s) for row in each.parameters()],
    "information_schema.schemata": lambda n, s: [
        (s["vql__database"], name, owner_name(schema_access(n, name), roles_in(n, s)), *CHARACTER_SET, None)
        for name in namespaces(n)],
    "information_schema.tables": _information_tables,
    "information_schema.columns": _information_columns,
    "information_schema.domains": _domains,
    "information_schema.element_types": _element_types,
    "information_schema.information_schema_catalog_name": lambda n, s: [(s["vql__database"],)],
    "information_schema.constraint_table_usage": tables_used,
    "information_schema.sequences": lambda n, s: [
        (s["vql__database"], q.schema, q.name, q.type, 8 * BASE_TYPES[q.type].length, 2, 0, str(q.start),
         str(q.minimum), str(q.maximum), str(q.increment), "YES" if q.cycles else "NO")
        for q in sequences_in(n)],
    "information_schema.views": lambda n, s: [
        (s["vql__database"], v.schema, v.name, view_text(v), v.check_option.upper() or "NONE",
         YES[events_of(v, n) & 20 == 20], YES[events_of(v, n) & 8 == 8], *["NO"] * 3)
        for v in visible(views_in(n), n, s)],
    "information_schema.view_table_usage": _tables_of_views,
    "information_schema.view_column_usage": _columns_of_views,
    "information_schema.collations": lambda n, s: [
        (s["vql__database"], "pg_catalog", name, "NO PAD") for name in COLLATIONS],
    "information_schema.table_constraints": table_constraints,
    "information_schema.key_column_usage": key_columns,
    "information_schema.check_constraints": check_clauses,
    "information_schema.referential_constraints": referential_constraints,
    "information_schema.constraint_column_usage": columns_used,
}  # fmt: skip
