"""The system catalog for the bridge: its relations as temporary tables, its look-ups for functions.

A relation is made in DuckDB when a query names it, and again when what it is made of has changed. Functions
about the catalog (`vql.functions.system.system`, `vql.functions.system.objects`) ask `SystemCatalog` in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from vql import schema
from vql.errors import NotSupportedError, ProgrammingError, UndefinedColumn
from vql.executor.bridge.arrow import batch_stream
from vql.executor.bridge.catalog.built_in.activity import OF_SESSIONS
from vql.executor.bridge.catalog.built_in.names import KINDS, RoutineNames
from vql.executor.bridge.catalog.built_in.routines import built_ins_by_oid, placed
from vql.executor.bridge.catalog.built_in.shown import built_in_shown
from vql.executor.bridge.catalog.built_in.text_search import TEXT_SEARCH, numbers_of
from vql.executor.bridge.catalog.constraints import Row, constraint_text, domain_text
from vql.executor.bridge.catalog.found import (
    bare_name,
    constraint_at,
    index_at,
    name_of_relation,
    name_parts,
    oid_of_relation,
    type_at,
    typed_at,
    without_modifiers,
)
from vql.executor.bridge.catalog.kept import OF_OBJECTS, KeptRows, duck_cells
from vql.executor.bridge.catalog.namespaces import namespaces, sequences_in
from vql.executor.bridge.catalog.roles import database_access, roles_in
from vql.executor.bridge.catalog.rows import (
    built_in_comments,
    comments_in,
    index_definition,
    rows_of,
)
from vql.executor.bridge.catalog.sizes import folder_size, indexes_size, relation_size
from vql.executor.bridge.catalog.type_rows import type_oids, types_in
from vql.executor.bridge.duck import DuckBridge
from vql.executor.bridge.values import quoted
from vql.functions.lookups import SequenceNumbers, Sessions
from vql.functions.text.formatting import quote_ident
from vql.language.analyze.catalog_columns import (
    UNFOLLOWED,
    catalog_columns,
    catalog_key,
)
from vql.language.bind.changes.updatable import events_of, updatable_columns
from vql.language.bind.definitions.routines_shown import part_shown
from vql.language.bind.definitions.shown import query_text, stored_text
from vql.naming import Qualified, is_temporary
from vql.roles.access import ORDER, OWNERS, RIGHTS
from vql.roles.role import Role, Roles, undefined_role
from vql.routines import Routine
from vql.settings.settings import Settings, schemas_of
from vql.storage.snapshot import Snapshot
from vql.typed import find_type
from vql.types.extensions.extension import extension_schemas
from vql.types.pseudo import NAMES_OF_PSEUDO_TYPES
from vql.types.type import BASE_TYPES, TEXT, Type, type_of_oid

# What the rights of objects are found under that are called otherwise.
RIGHTS_OF = dict.fromkeys(("enum", "rowtype", "domain"), "type") | {"databaserights": "database"}
# Relations whose rows change with the data, not with the catalog alone.
LIVE = frozenset({"pg_class", "vql_segments", "vql_indexes", "vql_versions"})
# Those whose rows depend on the extensions there are.
BUILT_IN = frozenset({
    "pg_aggregate", "pg_operator", "pg_cast", "pg_opclass", "pg_opfamily", "pg_amop", "pg_am",
    "pg_language", *TEXT_SEARCH,
})  # fmt: skip
# What a session says of relations that are its own.
OF_SESSION = {"pg_cursors": "vql__cursors", "pg_prepared_statements": "vql__prepared"}


# Sets a setting, its default where None, of the transaction where True, and returns its normal form.
SetConfig = Callable[[str, str | None, bool], str]


class SystemCatalog:
    """One query's view of the catalog of its snapshot: a `vql.functions.lookups.CatalogLookups`."""

    def __init__(
        self,
        snapshot: Snapshot,
        say: Callable[[], Mapping[str, str]],
        set_config: SetConfig | None = None,
        numbers: SequenceNumbers | None = None,
        kept: KeptRows | None = None,
        sessions: Sessions | None = None,
    ) -> None:
        """`say` tells what the session is, when somebody asks; `kept` are its rows of the catalog."""
        self._sessions = sessions
        self._kept = KeptRows() if kept is None else kept
        self._snapshot = snapshot
        self._say = say
        self._set_config = set_config
        self._numbers = numbers
        self._depends: dict[str, tuple[object, ...]] = {}

    @cached_property
    def _session(self) -> Mapping[str, str]:
        return self._say()

    def relation(self, name: tuple[str, ...], bridge: DuckBridge) -> tuple[str, list[str], list[Type]] | None:
        """Make a relation of the catalog a temporary table, and return its name there, its columns and their
        types; None where there is no such relation."""
        key = catalog_key(name)
        if key is None:
            return None
        table = "vql__" + key.replace(".", "_")
        names, types = catalog_columns(key)
        made_of = self._made_of(key)
        if bridge.catalog.get(table) != made_of:
            # Those of objects are kept, and have no moments, whose internal form is another.
            rows = self.rows(key) if key in OF_OBJECTS else self._rows_of(key, self._snapshot)
            if key == "pg_sequences":
                rows = [(*row[:-1], self._last_number(row)) for row in rows]
            cells = [tuple(map(duck_cells, zip(*rows, strict=True), types))] if rows else []
            made = bridge.register(batch_stream(names, [TEXT] * len(names), cells))
            try:
                listed = ", ".join(
                    f"CAST({quoted(column)} AS {type_.base.duck_form(None)}) AS {quoted(column)}"
                    for column, type_ in zip(names, types, strict=True)
                )
                bridge.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {listed} FROM {made}")
            finally:
                bridge.unregister((made,))
            bridge.catalog[table] = made_of
        return table, names, types

    def _made_of(self, key: str) -> tuple[object, ...]:
        """Return what the rows of a relation depend on, which stays so for a query."""
        found = self._depends.get(key)
        if found is None:
            found = self._depends[key] = self._depended(key)
        return found

    def _depended(self, key: str) -> tuple[object, ...]:
        if key in BUILT_IN:
            return placed(self._snapshot)
        return (
            self._snapshot.catalog_version,
            # Maintenance changes files without a commit.
            (self._snapshot.version, self._snapshot.generation) if key in LIVE else 0,
            self._session.get(OF_SESSION[key]) if key in OF_SESSION else None,
            object() if key in UNFOLLOWED else None,
            self._session["vql__user"] if key.startswith("information_schema.") else None,
        )

    def rows(self, key: str, column: str = "", value: object = None) -> list[tuple[Any, ...]]:
        """Return the rows of a relation, by its key in COLUMNS, as functions have values: those that have a
        value in a column, and maybe some more."""
        make = partial(self._rows_of, key)
        return self._kept.rows(key, column, value, self._snapshot, self._made_of(key), make)

    def has_rows(self, key: str, column: str = "", value: object = None) -> bool:
        """Whether `rows` has nothing to make."""
        return self._kept.has(key, column, value, self._made_of(key))

    def is_first_read(self, key: str) -> bool:
        """Whether it is the first time that a relation is listed, as its rows are now."""
        return self._kept.is_first_read(key, self._made_of(key))

    def _rows_of(self, key: str, snapshot: Snapshot) -> list[Row]:
        make = OF_SESSIONS.get(key)
        if make is None or self._sessions is None:
            return rows_of(key, snapshot, self._session)
        return make(snapshot, self._session, self._sessions)

    def _last_number(self, row: tuple[object, ...]) -> int | None:
        """Return what a sequence of pg_sequences gave out last; None where the session may not see it."""
        found = self._snapshot.others.get((str(row[0]), str(row[1])))
        if self._numbers is None or not isinstance(found, schema.Sequence):
            return None
        try:
            last, is_called = self._numbers.state(found.sequence_id)
        except (ProgrammingError, NotSupportedError):
            return None
        return last if is_called else None

    # -------------------------------------------------------------- names

    def oid_of(self, kind: str, name: str) -> int | None:
        """Return the OID of what a name, as written, means; None where there is none."""
        if kind == "regtype":
            known = type_oids().get(without_modifiers(bare_name(name)))
            extension = "" if known is None else type_of_oid(known).base.extension
            if known is None or extension and self.extensions.get(extension) not in self._searched(name):
                return self._made_type_oid(name)
            return known
        if kind == "regclass":
            return oid_of_relation(name_parts(name), self._snapshot, self.path)
        if kind.startswith(KINDS):
            return self._routines.oid_of(kind, name)
        return self._oids(kind).get(bare_name(name))

    def name_of(self, kind: str, oid: int) -> str | None:
        """Return the name of an object."""
        if kind == "regtype":
            type_ = type_at(oid, self._snapshot)
            return NAMES_OF_PSEUDO_TYPES.get(oid) if type_ is None else self._type_shown(type_)
        if kind == "regclass":
            found = name_of_relation(oid, self._snapshot)
            if found is None:
                return None
            return ".".join(map(quote_ident, found[1:] if self.is_visible("regclass", oid) else found))
        if kind.startswith(KINDS):
            return self._routines.name_of(kind, oid)
        return next((name for name, known in self._oids(kind).items() if known == oid), None)

    def routine_shown(self, oid: int, part: str) -> str | None:
        """Return a part of what a function is defined as; None where there is no such function. Raises
        42809."""
        found = self._snapshot.definition(oid)
        if isinstance(found, Routine):
            return part_shown(found, part, self)
        built_in = built_ins_by_oid().get(oid)
        if built_in is None:
            return None
        name = self.name_of("regproc", oid) or built_in.declared.name
        return built_in_shown(built_in.declared, part, name if "." in name else f"pg_catalog.{name}", self)

    def _type_shown(self, type_: Type) -> str:
        element = type_.element if type_.is_array else type_
        made = typed_at(element.catalog_oid, self._snapshot)
        name = self.type_shown(element.formatted()) if made is None else self._visible_type(made.qualified)
        return name + "[]" * type_.is_array

    def find_type(self, name: str) -> Type | None:
        """Return the type of the database that a name means, as it is written; None where none does."""
        return find_type(self._snapshot.relation, name, self.path)

    own_functions: Mapping[str, Sequence[Any]] = {}  # texts that are stored are shown without them

    @property
    def extensions(self) -> Mapping[str, str]:
        """The extensions there are, and their schemas."""
        return extension_schemas(self._snapshot.others)

    def _searched(self, name: str) -> Sequence[str]:
        """Return the schemas in which a name, as written, is looked up; those of all extensions where it says
        none."""
        parts = name_parts(name)
        return parts[-2:-1] if len(parts) > 1 else list(self.extensions.values())

    def _made_type_oid(self, name: str) -> int | None:
        found = self.find_type(".".join(map(quote_ident, name_parts(name.removesuffix("[]")))))
        if found is None:
            return None
        return (found.array if name.endswith("[]") else found).catalog_oid

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The schemas that are searched for a name, those of the system among them."""
        session = self._session
        listed = schemas_of(self.setting("search_path"), session["vql__user"], session["vql__temporary"])
        there = [name for name in dict.fromkeys(listed) if name in self._schemas]
        if "pg_catalog" not in there:
            there.insert(int(is_temporary(there[0])) if there else 0, "pg_catalog")
        return tuple(there)

    @property
    def listed_path(self) -> tuple[str, ...]:
        """The schemas that the search_path names and that exist."""
        listed = schemas_of(self.setting("search_path"), self._session["vql__user"])
        own = "" if "pg_temp" in listed else self._session["vql__temporary"]
        return tuple(each for each in self.path if each != own and each != "pg_catalog" or each in listed)

    def is_visible(self, kind: str, oid: int) -> bool | None:
        """Whether the search_path leads to an object, which the name of a kind may mean; None of none."""
        if kind.startswith(KINDS):
            return self._routines.is_visible(kind, oid)
        if kind == "regtype":
            return self._is_visible_type(oid)
        found = name_of_relation(oid, self._snapshot)
        return None if found is None else oid_of_relation(found[1:], self._snapshot, self.path) == oid

    @cached_property
    def _routines(self) -> RoutineNames:
        return RoutineNames(self._snapshot, self)

    @cached_property
    def _schemas(self) -> dict[str, int]:
        return namespaces(self._snapshot)

    def _oids(self, kind: str) -> Mapping[str, int]:
        if kind == "regnamespace":
            return self._schemas
        return numbers_of(kind) or {role.name: role.role_id for role in self.roles.all}

    @cached_property
    def roles(self) -> Roles:
        """The roles there are."""
        return roles_in(self._snapshot, self._session)

    # -------------------------------------------------------------- definitions and sizes

    def index_definition(self, oid: int) -> str | None:
        """Return CREATE INDEX of an index."""
        found = index_at(oid, self._snapshot)
        if found is None:
            return None
        prefix = "" if schema.PUBLIC in self.path else f"{schema.PUBLIC}."
        return index_definition(*found, self.expression_shown, prefix)

    def index_columns(self, oid: int) -> tuple[str, ...]:
        """Return the columns of an index, none where there is no such index."""
        found = index_at(oid, self._snapshot)
        return () if found is None else tuple(found[1].columns)

    def constraint_definition(self, oid: int) -> str | None:
        """Return a constraint as ALTER TABLE would add it."""
        found = constraint_at(oid, self._snapshot)
        if found is None:
            return domain_text(oid, self._snapshot, self)
        return constraint_text(found, self._snapshot, self)

    def owned_sequence(self, oid: int, column: str) -> str | None:
        """Return the name of the sequence that goes with a column of a table, in its schema. Raises 42703."""
        number = (self.columns_of(oid) or {}).get(column)
        if number is None:
            name = (name_of_relation(oid, self._snapshot) or ("",))[-1]
            raise UndefinedColumn(f'column "{column}" of relation "{name}" does not exist')
        for each in sequences_in(self._snapshot):
            if (each.owner_id, each.owner_column) == (oid, number):
                return ".".join(map(quote_ident, each.qualified))
        return None

    def view_definition(self, oid: int) -> str | None:
        """Return the query of a view."""
        found = self._snapshot.definition(oid)
        if not isinstance(found, schema.View | schema.Table) or not found.text:
            return None
        return query_text(found, self._snapshot, self)

    def expression_shown(self, text: str) -> str:
        """Return a stored expression as it is to be read through the search path."""
        return stored_text(text, self._snapshot, self)

    def relation_shown(self, oid: int) -> str:
        """Return what a relation is called, its number where there is none."""
        return self.name_of("regclass", oid) or str(oid)

    def type_shown(self, name: str) -> str:
        """Return what a type is called that has a bare name: one of public, where there is such a one."""
        if name in BASE_TYPES:
            place = self.extensions.get(BASE_TYPES[name].extension)
            return name if place is None or place in self.path else f"{quote_ident(place)}.{name}"
        found = [each.qualified for each in types_in(self._snapshot) if each.qualified[1] == name]
        if not found:
            return name
        return self._visible_type((schema.PUBLIC, name) if (schema.PUBLIC, name) in found else found[0])

    def _visible_type(self, name: Qualified) -> str:
        return ".".join(map(quote_ident, name[self._is_first_type(name) :]))

    def _is_first_type(self, name: Qualified) -> bool:
        """Whether the search_path leads to a type that somebody made."""
        there = (
            each for each in self.path if isinstance(self._snapshot.relation((each, name[1])), schema.Typed)
        )
        return next(there, None) == name[0]

    def _is_visible_type(self, oid: int) -> bool | None:
        made = typed_at(oid, self._snapshot)
        if made is not None:
            return self._is_first_type(made.qualified)
        found = type_at(oid, self._snapshot)
        if found is None:
            return True if oid in NAMES_OF_PSEUDO_TYPES else None
        extension = found.base.extension
        return not extension or self.extensions[extension] in self.path

    def updatable_events(self, oid: int) -> int:
        """Return what changes a relation takes: 4 UPDATE, 8 INSERT, 16 DELETE."""
        view = self._snapshot.others_by_id.get(oid)
        if isinstance(view, schema.View):
            return events_of(view, self._snapshot)
        table = self._snapshot.tables_by_id.get(oid)
        return 0 if table is None or table.text else 28

    def is_updatable_column(self, oid: int, number: int) -> bool:
        """Whether a column of a relation takes values."""
        relation = self._snapshot.definition(oid)
        if isinstance(relation, schema.View):
            found = updatable_columns(relation, self._snapshot)
            return any(column.name in found for column in relation.columns if column.number == number)
        return isinstance(relation, schema.Table) and relation.place_of(number) >= 0

    def description(self, of: str, oid: int, number: int) -> str | None:
        """Return the comment on an object of a relation of the catalog, of any where "", or on a column."""
        for each in self._comments:
            if (each.object_id, each.number) == (oid, number) and of in ("", each.of):
                return each.text
        return None

    @cached_property
    def _comments(self) -> list[schema.Comment]:
        return [*comments_in(self._snapshot), *built_in_comments(self._snapshot)]

    def size(self, oid: int) -> int | None:
        """Return the bytes that a table's rows or an index take on disk."""
        return relation_size(oid, self._snapshot)

    def indexes_size(self, oid: int) -> int | None:
        """Return the bytes that all indexes of a table take on disk."""
        return indexes_size(oid, self._snapshot)

    def database_size(self, name: str) -> int | None:
        """Return the bytes that a database of the server takes on disk; None where there is none."""
        folder = Path(self._session["vql__folder"])
        if name == self._session["vql__database"]:
            return folder_size(folder)
        there = [other for _, other in self._snapshot.neighbours()]
        return folder_size(folder.parent / name) if name in there else None

    # -------------------------------------------------------------- the session

    def fact(self, name: str) -> str:
        """Return what is so in this session."""
        if name == "version":
            return str(self._snapshot.version)
        return self._session["vql__pid" if name == "process_id" else f"vql__{name}"]

    # -------------------------------------------------------------- rights

    @property
    def database_oid(self) -> int:
        """The OID of the database."""
        return schema.DATABASE_ID

    def columns_of(self, oid: int) -> Mapping[str, int] | None:
        """Return the columns of a table or view and their numbers; None where there is none."""
        found = self._snapshot.definition(oid)
        if not isinstance(found, schema.Table | schema.View):
            return None if name_of_relation(oid, self._snapshot) is None else {}
        return {column.name: column.number for column in found.columns}

    def _role(self, who: object) -> Role:
        if isinstance(who, int):
            found = self.roles.by_id.get(who)
            if found is None:
                raise undefined_role(str(who))
            return found
        return self.roles.named(self._session["vql__user"] if who is None else str(who))

    def held(self, who: object, oid: int, column: int) -> tuple[Collection[str], Collection[str]] | None:
        """Return the rights of a role on an object, and those that it may grant. Raises 42704."""
        if who == "public":
            role, roles = None, frozenset[int]()
        else:
            role = self._role(who)
            roles = self.roles.privileged_as(role)
        found = self._snapshot.definition(oid)
        if oid == schema.DATABASE_ID:
            found = database_access(self._snapshot)
        if found is None:
            is_there = bool(name_of_relation(oid, self._snapshot) or type_at(oid, self._snapshot))
            is_there = is_there or oid in self._schemas.values() or oid in built_ins_by_oid()
            is_all = role is not None and role.is_superuser
            return (ORDER if is_all else "rUX", ORDER if is_all else "") if is_there else None
        if role is not None and role.is_superuser:
            return ORDER, ORDER
        kind = type(found).__name__.lower()
        kind = "function" if isinstance(found, Routine) else RIGHTS_OF.get(kind, kind)
        access = getattr(found, "access", OWNERS)
        if kind not in RIGHTS:
            return ORDER, ""
        options = {letter for each in roles for letter in access.options(kind, each, column)}
        return access.rights(kind, roles, column), options

    def has_role(self, who: object, group: object, how: str) -> bool:
        """Whether a role has the usage of another, is a member, may set it or admin it. Raises 42704."""
        role, wanted = self._role(who), self._role(group).role_id
        if role.is_superuser:
            return True
        match how:
            case "admin":
                return self.roles.administers(role, wanted)
            case "usage":
                return wanted in self.roles.privileged_as(role)
            case "set":
                return self.roles.may_become(role, wanted)
        return wanted in self.roles.groups_of(role)

    def setting(self, name: str) -> str:
        """Return the value of a setting. Raises 42704."""
        found = self._session.get(name)
        return Settings().get(name) if found is None else found

    def set_setting(self, name: str, value: str | None, is_local: bool) -> str:
        """Change a setting, till the transaction ends where it is local. Raises 42704, 22023."""
        assert self._set_config is not None, "a session runs the statement"
        return self._set_config(name, value, is_local)
