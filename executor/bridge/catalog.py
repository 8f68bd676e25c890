"""The system catalog for the bridge: relations as temporary tables, functions over the catalog.

Postgres' catalog functions (`format_type`, `pg_get_indexdef`, `'t'::regclass` ...) are written into a
query as expressions: constants, or look-ups in a MAP literal made of the snapshot's catalog, so they
need no state in DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vql import schema
from vql.errors import UndefinedObject, UndefinedTable
from vql.executor.bridge.catalog_rows import (
    COLUMNS,
    NAMESPACES,
    OWNER,
    constraint_oid,
    index_definition,
    primary_index,
    rows_of,
    type_oids,
)
from vql.executor.bridge.duck import DuckBridge
from vql.executor.bridge.values import quoted, string, value_text
from vql.settings import Settings
from vql.storage.segments.segment import SealedSegment
from vql.storage.snapshot import Snapshot
from vql.types.type import BASE_TYPES, SCALARS, Type

CELLS = {
    "o": ("UINTEGER", Type("bigint")), "l": ("BIGINT", Type("bigint")),
    "t": ("VARCHAR", Type("text")), "b": ("BOOLEAN", Type("boolean")),
    "i": ("INTEGER", Type("integer")), "f": ("FLOAT", Type("real")), "a": ("VARCHAR[]", Type("text[]")),
    "n": ("BIGINT[]", Type("bigint[]")), "v": ("USMALLINT[]", Type("bigint[]")), "c": ("vql__char", Type("text")),
    "z": ("TIMESTAMPTZ", Type("timestamptz")),
}  # fmt: skip
# Relations whose rows change with the data, not with the catalog alone.
LIVE = frozenset({"pg_class", "vql_segments", "vql_indexes"})
# Those that follow nothing a snapshot knows: what was checked meanwhile, what works in the background.
UNFOLLOWED = frozenset({"vql_recall", "vql_jobs", "pg_locks"})
INSERT_ROWS = 500
TRUE = frozenset({
    "pg_table_is_visible", "pg_type_is_visible", "pg_function_is_visible", "pg_collation_is_visible",
    "pg_opclass_is_visible", "pg_operator_is_visible", "has_table_privilege", "has_schema_privilege",
    "has_database_privilege", "has_column_privilege", "has_any_column_privilege", "pg_has_role",
    "pg_is_other_temp_schema",
})  # fmt: skip
FALSE = frozenset({"pg_relation_is_publishable", "pg_is_in_recovery", "pg_is_other_temp_schema"})
NULL_TEXT = frozenset({
    "obj_description", "col_description", "shobj_description", "pg_get_viewdef", "pg_get_triggerdef",
    "pg_get_statisticsobjdef_columns", "pg_get_function_result", "pg_get_function_arguments",
    "pg_get_function_identity_arguments", "pg_get_functiondef", "pg_tablespace_location",
    "pg_get_partkeydef", "pg_get_serial_sequence", "pg_get_ruledef", "inet_server_addr",
    "inet_client_addr", "pg_get_partition_constraintdef", "pg_my_temp_schema",
    "pg_partition_root",
})  # fmt: skip
VERSION = "PostgreSQL 15.18 (VQL), Python and C++, 64-bit"


class SystemCatalog:
    """One query's view of the catalog of its snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        session: Mapping[str, str],
        set_config: Callable[[str, str], None] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._session = session
        self._set_config = set_config

    def relation(self, name: tuple[str, ...], bridge: DuckBridge) -> str | None:
        """Make a relation of the catalog a temporary table and return its name, or None."""
        prefix = name[-2] if len(name) > 1 else ""
        key = f"information_schema.{name[-1]}" if prefix == "information_schema" else name[-1]
        if key not in COLUMNS or prefix not in ("", "pg_catalog", "information_schema", "vql"):
            return None
        table = "vql__" + key.replace(".", "_")
        made_of: tuple[object, ...] = (
            self._snapshot.catalog_version,
            # Maintenance changes files without a commit.
            (self._snapshot.version, self._snapshot.generation) if key in LIVE else 0,
            self._session.get("vql__cursors") if key == "pg_cursors" else None,
            object() if key in UNFOLLOWED else None,
        )
        if bridge.catalog.get(table) != made_of:
            columns = [spec.split(":") for spec in COLUMNS[key].split()]
            listed = ", ".join(f"{quoted(column)} {CELLS[cell][0]}" for column, cell in columns)
            bridge.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({listed})")
            rows = rows_of(key, self._snapshot, self._session)
            cells = [CELLS[cell][1] for _, cell in columns]
            for start in range(0, len(rows), INSERT_ROWS):
                lines = (
                    "("
                    + ", ".join(_cell(type_, value) for type_, value in zip(cells, row, strict=True))
                    + ")"
                    for row in rows[start : start + INSERT_ROWS]
                )
                bridge.execute(f"INSERT INTO {table} VALUES {', '.join(lines)}")
            bridge.catalog[table] = made_of
        return table

    def call(self, name: str, arguments: Sequence[str]) -> str | None:
        """Return the expression for a catalog function or cast, None for any other function."""
        if name in TRUE:
            return "true"
        if name in FALSE:
            return "false"
        if name in NULL_TEXT:
            return "CAST(NULL AS VARCHAR)"
        make = FUNCTIONS.get(name)
        try:
            return None if make is None else make(self, arguments)
        except IndexError:  # there is no such function of fewer arguments
            return None

    # -------------------------------------------------------------- look-ups

    def _tables(self) -> list[schema.Table]:
        return list(self._snapshot.tables.values())

    def relation_oids(self) -> dict[str, int]:
        """Return tables, indexes and catalog relations by name."""
        names = {name: 12_000 + i for i, name in enumerate(COLUMNS)}
        for table in self._tables():
            names[table.name] = table.table_id
            names |= {index.name: index.index_id for index in table.indexes}
        return names

    def sizes(self) -> dict[int, int]:
        """Return the bytes on disk of every table, without its indexes."""
        return {
            table.table_id: sum(
                place[1]
                for segment in self._snapshot.segments(table.table_id)
                if isinstance(segment, SealedSegment)
                for place in segment.record["blobs"].values()
            )
            for table in self._tables()
        }

    def regclass(self, arguments: Sequence[str]) -> str:
        """`'name'::regclass` is an OID; of an OID it is the name."""
        name = _literal(arguments[0])
        if name is None:
            return _map({oid: name for name, oid in self.relation_oids().items()}, arguments[0])
        if name.isdigit():
            return name
        found = self.relation_oids().get(_bare(name))
        if found is None:
            raise UndefinedTable(f'relation "{name}" does not exist')
        return f"CAST({found} AS BIGINT)"

    def regtype(self, arguments: Sequence[str]) -> str:
        """`'name'::regtype` is an OID; of an OID it is the name."""
        name = _literal(arguments[0])
        if name is None:
            return _map(
                {base.oid or 0: Type(base.name).formatted() for base in BASE_TYPES.values()}, arguments[0]
            )
        if name.isdigit():
            return name
        found = type_oids().get(_bare(name))
        if found is None:
            raise UndefinedObject(f'type "{name}" does not exist')
        return f"CAST({found} AS BIGINT)"

    def regnamespace(self, arguments: Sequence[str]) -> str:
        """`'name'::regnamespace` is an OID; of an OID it is the name."""
        name = _literal(arguments[0])
        if name is None:
            return _map(NAMESPACES, arguments[0])
        if name.isdigit():
            return name
        found = {known: oid for oid, known in NAMESPACES.items()}.get(_bare(name))
        if found is None:
            raise UndefinedObject(f'schema "{name}" does not exist', sqlstate="3F000")
        return f"CAST({found} AS BIGINT)"

    def regrole(self, arguments: Sequence[str]) -> str:
        """`'name'::regrole` is an OID; of an OID it is the name."""
        name = _literal(arguments[0])
        return str(OWNER) if name is not None else _map({OWNER: self._session["vql__user"]}, arguments[0])

    def to_regtype(self, arguments: Sequence[str]) -> str:
        name = _literal(arguments[0])
        if name is None:
            return _map(type_oids(), arguments[0])
        return value_text(Type("bigint"), type_oids().get(_bare(name)))

    def to_regclass(self, arguments: Sequence[str]) -> str:
        name = _literal(arguments[0])
        if name is None:
            return _map(self.relation_oids(), arguments[0])
        return value_text(Type("bigint"), self.relation_oids().get(_bare(name)))

    def format_type(self, arguments: Sequence[str]) -> str:
        oid, given = arguments[0], arguments[1] if len(arguments) > 1 else "-1"
        names = _map({base.oid or 0: Type(base.name).formatted() for base in BASE_TYPES.values()}, oid)
        cases = []
        for base in SCALARS:
            if base.typmod_sql is not None:
                least, text = base.typmod_sql
                shown = text.format(typmod=given)
                cases.append(f"WHEN {given} >= {least} AND {oid} = {base.oid} THEN '(' || {shown} || ')'")
        bracket = f"CASE {' '.join(cases)} ELSE '' END"
        # timestamp(3) without time zone
        inside = f"replace({names}, ' with', {bracket} || ' with')"
        return f"CASE WHEN {names} LIKE '% with%' THEN {inside} ELSE {names} || {bracket} END"

    def indexdef(self, arguments: Sequence[str]) -> str:
        if len(arguments) > 1 and arguments[1] != "0":
            columns = {
                index.index_id: list(index.columns) for table in self._tables() for index in table.indexes
            }
            if not columns:
                return "CAST(NULL AS VARCHAR)"
            pairs = ", ".join(f"{oid}: [{', '.join(map(string, names))}]" for oid, names in columns.items())
            return f"(MAP {{{pairs}}}[{arguments[0]}])[{arguments[1]}]"
        return _map(
            {i.index_id: index_definition(t, i) for t in self._tables() for i in t.indexes}, arguments[0]
        )

    def constraintdef(self, arguments: Sequence[str]) -> str:
        return _map(
            {
                constraint_oid(table): f"PRIMARY KEY ({', '.join(table.primary_key)})"
                for table in self._tables()
                if primary_index(table) is not None
            },
            arguments[0],
        )

    def setting(self, arguments: Sequence[str]) -> str:
        name = _literal(arguments[0])
        if name is None:
            return "CAST(NULL AS VARCHAR)"  # a parameter without its value yet: only described
        try:
            return string(self._session.get(name) or Settings().get(name))
        except UndefinedObject:
            if len(arguments) > 1:
                return "CAST(NULL AS VARCHAR)"
            raise

    def configure(self, arguments: Sequence[str]) -> str:
        name, value = _literal(arguments[0]), _literal(arguments[1])
        if name is not None and value is not None and self._set_config is not None:
            self._set_config(name, value)
        return arguments[1]


Function = Callable[[SystemCatalog, Sequence[str]], "str | None"]
FUNCTIONS: dict[str, Function] = {
    "cast regclass": SystemCatalog.regclass,
    "cast regtype": SystemCatalog.regtype,
    "cast regnamespace": SystemCatalog.regnamespace,
    "cast regrole": SystemCatalog.regrole,
    "to_regtype": SystemCatalog.to_regtype,
    "to_regclass": SystemCatalog.to_regclass,
    "format_type": SystemCatalog.format_type,
    "pg_get_indexdef": SystemCatalog.indexdef,
    "pg_get_constraintdef": SystemCatalog.constraintdef,
    "pg_get_expr": lambda self, a: a[0],
    "pg_get_userbyid": lambda self, a: (
        f"CASE WHEN {a[0]} = {OWNER} THEN {string(self._session['vql__user'])} END"
    ),
    "pg_encoding_to_char": lambda self, a: "'UTF8'",
    "pg_char_to_encoding": lambda self, a: "6",
    "getdatabaseencoding": lambda self, a: "'UTF8'",
    "pg_table_size": lambda self, a: f"coalesce({_map(self.sizes(), a[0])}, 0)",
    "pg_relation_size": lambda self, a: f"coalesce({_map(self.sizes(), a[0])}, 0)",
    "pg_total_relation_size": lambda self, a: f"coalesce({_map(self.sizes(), a[0])}, 0)",
    "pg_size_pretty": lambda self, a: f"format_bytes({a[0]})",
    "version": lambda self, a: string(VERSION),
    "current_schema": lambda self, a: "'public'",
    "current_schemas": lambda self, a: "['pg_catalog', 'public']" if a == ["true"] else "['public']",
    "current_setting": SystemCatalog.setting,
    "set_config": SystemCatalog.configure,
    "pg_backend_pid": lambda self, a: self._session.get("vql__pid", "0"),
    "txid_current": lambda self, a: str(self._snapshot.version),
    "vql_version": lambda self, a: f"CAST({self._snapshot.version} AS BIGINT)",
    "_pg_expandarray": lambda self, a: None,
}


def _cell(type_: Type, value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list) and all(type(item) is int for item in value):
        return f"[{', '.join(map(str, value))}]"
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value_text(type_, value)


def _literal(text: str) -> str | None:
    """Return the string of a printed string literal, also one cast to text; None for any other
    expression."""
    if text.startswith("CAST('") and text.endswith("' AS VARCHAR)"):
        text = text.removeprefix("CAST(").removesuffix(" AS VARCHAR)")
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return None


def _bare(name: str) -> str:
    """Return a name without its schema and quotes."""
    last = name.rpartition(".")[2].strip()
    return last[1:-1] if last.startswith('"') else last.lower()


def _map(pairs: Mapping[int, str] | Mapping[str, int] | Mapping[int, int], key: str) -> str:
    """Return a look-up of `key` in a constant map, NULL where it is not there."""
    if not pairs:
        return "NULL"
    cells = ", ".join(f"{_cell_of(k)}: {_cell_of(v)}" for k, v in pairs.items())
    wanted = f"CAST({key} AS BIGINT)" if isinstance(next(iter(pairs)), int) else f"CAST({key} AS VARCHAR)"
    return f"MAP {{{cells}}}[{wanted}]"


def _cell_of(value: int | str) -> str:
    return string(value) if isinstance(value, str) else f"{value}::BIGINT"
