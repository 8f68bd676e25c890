"""Views in a session: CREATE, ALTER and DROP VIEW, DROP SCHEMA, and what depends on what they read.

A view is defined with ids of what it reads (`vql.schema.View`); who drops a table, a column or a view looks
here for the views that read it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from vql import schema
from vql.errors import (
    NotSupportedError,
    ProgrammingError,
    UndefinedTable,
    WrongObjectType,
)
from vql.executor.bridge.catalog.constraints import OF_CONSTRAINT
from vql.language import ast
from vql.language.analyze.used import names_used
from vql.language.ast.walk import nodes_of, refuse_parameters
from vql.language.bind.changes.updatable import base_of
from vql.language.bind.definitions.tables import check_column_names
from vql.language.bind.definitions.views import query_of_view
from vql.language.bind.names import Tables
from vql.language.bind.references import tables_read
from vql.naming import Qualified, find_object, is_temporary
from vql.roles.access import OWNERS, Policy
from vql.routines import Routine
from vql.session.objects.extensions import dependents
from vql.session.objects.numbering.sequences import drop_defaults
from vql.session.objects.referenced import lock_referenced, release_references
from vql.session.objects.schemas import (
    Path,
    cascaded,
    inside,
    lock_schema,
    not_there,
    rename_or_move,
    still_needed,
    table_shown,
)
from vql.session.objects.types import columns_with
from vql.session.results import Notice, Result, ResultColumn
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.transaction import Transaction
from vql.typed import Inside, id_of
from vql.types.extensions.extension import VECTORS, extensions_in
from vql.types.type import check_no_pseudo_type

# What reads others: a view, or a materialized one.
Reader = schema.View | schema.Table | Routine
PolicyOf = tuple[Policy, schema.Table]


def create_view(
    statement: ast.CreateView,
    name: Qualified,
    found: Collection[ResultColumn],
    reads: tuple[schema.Reading, ...],
    calls: tuple[tuple[int, str], ...],
    transaction: Transaction,
) -> None:
    """Run CREATE VIEW; `found` are the columns of its query, `reads` what it reads, `calls` the functions
    that it calls. Raises 42P07, 42P16, 42809, 0A000."""
    check_query(statement.query)
    if len(statement.columns) > len(found):
        raise ProgrammingError("CREATE VIEW specifies more column names than columns", sqlstate="42601")
    names = (*statement.columns, *[column.name for column in found][len(statement.columns) :])
    check_column_names(names, is_view=True)
    for called, column in zip(names, found, strict=True):
        check_no_pseudo_type(called, column.type)
    columns = tuple(
        schema.Column(called, column.type, column_id=place, number=place + 1)
        for place, (called, column) in enumerate(zip(names, found, strict=True))
    )
    view = transaction.view()
    known = view.others.get(name)
    if view.has_relation(name) and not (statement.or_replace and isinstance(known, schema.View)):
        if statement.or_replace:
            raise WrongObjectType(f'"{name[1]}" is not a view')
        raise name_taken(name)
    if isinstance(known, schema.View):
        _require_columns(known, columns)
        _require_no_circle(known, reads, view)
        view_id = known.view_id
    else:
        view_id = transaction.new_object_id()
    for reading in reads:
        if reading.object_id:  # what is read stays there till the view is
            transaction.lock(reading.object_id, RelationLock.ACCESS_SHARE)
    access, option = known.access if isinstance(known, schema.View) else OWNERS, statement.check_option
    made = schema.View(view_id, name[1], name[0], statement.text, columns, reads, access, option, calls)
    if made.check_option:
        _require_updatable(made, transaction.view())
    transaction.define(view_id, made)


def _require_updatable(made: schema.View, view: Snapshot) -> None:
    """Raise 0A000 where a view says WITH CHECK OPTION whose rows cannot be changed."""
    base = base_of(made, Tables(view.tables, catalogs=(view,)))
    if isinstance(base, str):
        text = "WITH CHECK OPTION is supported only on automatically updatable views"
        raise NotSupportedError(text, hint=base)


def alter_view(statement: ast.AlterView, transaction: Transaction, path: Path) -> Result:
    """Run ALTER VIEW. Raises 42P01, 42P07, 42809, 3F000, 42704."""
    view = transaction.view()
    found = find_view(view, statement.name, path)
    if found is None:
        if statement.if_exists and find_object(view.tables, statement.name, path) is None:
            shown = ".".join(statement.name)
            return Result("ALTER VIEW", notices=(Notice(f'relation "{shown}" does not exist, skipping'),))
        raise _no_view(statement.name, view, path, "relation")
    rename_or_move(found, statement.action, transaction)
    return Result("ALTER VIEW")


def drop_views(statement: ast.DropView, transaction: Transaction, path: Path) -> Result:
    """Run DROP VIEW and DROP MATERIALIZED VIEW. Raises 42P01, 42809, 2BP01, 3F000."""
    notices: list[Notice] = []
    named: list[Reader] = []
    kind = "materialized view" if statement.is_materialized else "view"
    for name in statement.names:
        view = transaction.view()
        found: Reader | None = find_view(view, name, path)
        if statement.is_materialized:
            found = find_object(view.tables, name, path)
            found = found if found is not None and found.text else None
        if found is not None:
            named.append(found)
            continue
        missing = _no_view(name, view, path, kind)
        if not statement.if_exists or isinstance(missing, WrongObjectType):
            raise missing
        notices.append(Notice(f"{missing.message}, skipping"))
    ids = set(map(id_of, named))
    notices += drop_dependents(list(map(kind_shown, named)), ids, transaction, statement.cascade)
    for each in named:
        drop_reader(each, transaction)
    return Result(f"DROP {kind.upper()}", notices=tuple(notices))


def drop_schemas(statement: ast.DropSchema, transaction: Transaction) -> Result:
    """Run DROP SCHEMA. Raises 3F000, 2BP01."""
    notices: list[Notice] = []
    found: list[schema.Schema] = []
    for name in statement.names:
        if statement.if_exists and transaction.view().find_schema(name) is None:
            notices.append(Notice(f'schema "{name}" does not exist, skipping'))
        else:
            found.append(lock_schema(name, transaction))
    view = transaction.view()
    names = [each.name for each in found]
    extensions = [each for each in extensions_in(view.others) if each.schema in names and each != VECTORS]
    objects = [(each, f"schema {schema_.name}") for schema_ in found for each in inside(schema_.name, view)]
    ids = {id_of(each) for each, _ in objects}
    outside = [each for each in dependents_of(ids, view) if id_of(each) not in ids]
    going = {*ids, *map(id_of, outside)}
    policies = _policies_reading(going, view)
    if (objects or extensions) and not statement.cascade:
        told = [(kind_shown(each), on) for each, on in objects]
        told += [(f"extension {each.name}", f"schema {each.schema}") for each in extensions]
        told += _reasons(outside, policies, going, view)
        raise still_needed([f"schema {each.name}" for each in found], told)
    tables = [each for each, _ in objects if isinstance(each, schema.Table)]
    notices += release_references(tables, statement.cascade, transaction)
    sequences = {id_of(each) for each, _ in objects if isinstance(each, schema.Sequence)}
    drop_defaults(sequences, transaction, cascade=True)
    for each in (*[each for each, _ in objects], *outside):
        if isinstance(each, schema.Table):
            transaction.lock(each.table_id, RelationLock.ACCESS_EXCLUSIVE)
            lock_referenced(each, transaction, RelationLock.ACCESS_EXCLUSIVE)
            transaction.drop_table(each)
        elif not isinstance(each, schema.NamedType):
            transaction.define(id_of(each), None)
    for each, _ in objects:
        if isinstance(each, schema.NamedType):
            if columns_with(each.type, transaction):
                what = f"columns of other schemas are of type {table_shown(each)}"
                raise NotSupportedError(f"DROP SCHEMA where {what} is not supported yet")
            transaction.define(id_of(each), None)
    for extension in extensions:
        if needed := dependents(extension.name, transaction.view()):
            raise NotSupportedError(
                f"DROP SCHEMA where {needed[0][0]} depends on extension {extension.name} is not supported yet"
            )
        transaction.define(extension.extension_id, None)
    for schema_ in found:
        transaction.define(schema_.schema_id, None)
    dropped = [kind_shown(each) for each in (*[each for each, _ in objects], *outside)]
    dropped += [f"extension {each.name}" for each in extensions]
    notices += cascaded([*dropped, *_drop_policies(policies, transaction)])
    return Result("DROP SCHEMA", notices=tuple(notices))


def kind_shown(each: Inside) -> str:
    """Return what something is called in a message."""
    kinds = {schema.Table: "table", schema.View: "view", schema.Sequence: "sequence", Routine: "function"}
    is_materialized = isinstance(each, schema.Table) and each.text
    return f"{'materialized view' if is_materialized else kinds.get(type(each), 'type')} {table_shown(each)}"


def find_view(view: Snapshot, name: tuple[str, ...], path: Path) -> schema.View | None:
    """Return the view that a name means, None where it means none."""
    found = find_object(view.others, name, path)
    return found if isinstance(found, schema.View) else None


def drop_dependents(
    what: list[str], object_ids: Collection[int], transaction: Transaction, cascade: bool
) -> list[Notice]:
    """Drop the views that read some objects, which go too; returns what is said of it. Raises 2BP01."""
    view = transaction.view()
    dependents = [each for each in dependents_of(object_ids, view) if id_of(each) not in object_ids]
    going = {*object_ids, *map(id_of, dependents)}
    policies = _policies_reading(going, view)
    if not dependents and not policies:
        return []
    if not cascade:
        raise still_needed(what, _reasons(dependents, policies, going, view))
    for each in dependents:
        drop_reader(each, transaction)
    return cascaded([*map(kind_shown, dependents), *_drop_policies(policies, transaction)])


def _policies_reading(going: Collection[int], view: Snapshot) -> list[PolicyOf]:
    """Return the policies of tables that stay which read what is to go."""
    return [
        (policy, table)
        for table in view.tables.values()
        for policy in table.policies
        if table.table_id not in going and not set(going).isdisjoint(policy.reads)
    ]


def _reasons(
    readers: Iterable[Reader], policies: Iterable[PolicyOf], going: Collection[int], view: Snapshot
) -> list[tuple[str, str]]:
    """Return what depends on what is to go, each with the first that it reads of that."""
    told = []
    for each in readers:
        needed = _first_needed(needed_by(each), going, view)
        # A function needs a relation for the type of its rows.
        told.append((kind_shown(each), f"type {needed.split()[-1]}" if isinstance(each, Routine) else needed))
    for policy, table in policies:
        told.append((_policy_shown(policy, table), _first_needed(policy.reads, going, view)))
    return told


def _policy_shown(policy: Policy, table: schema.Table) -> str:
    return f"policy {policy.name} on table {table.name}"


def _drop_policies(policies: Iterable[PolicyOf], transaction: Transaction) -> list[str]:
    """Drop policies; returns what they are called."""
    named = []
    for policy, table in policies:
        now = transaction.table(table.table_id)
        rest = tuple(each for each in now.policies if each.policy_id != policy.policy_id)
        transaction.alter_table(replace(now, policies=rest))
        named.append(_policy_shown(policy, table))
    return named


def drop_reader(each: Reader, transaction: Transaction) -> None:
    if isinstance(each, schema.Table):
        transaction.lock(each.table_id, RelationLock.ACCESS_EXCLUSIVE)
        transaction.drop_table(each)
    else:
        transaction.define(id_of(each), None)


def dependents_of(object_ids: Collection[int], view: Snapshot) -> list[Reader]:
    """Return the views that read some objects, or views that do, those nearest first."""
    found: dict[int, Reader] = {}
    wanted, there = set(object_ids), [*views_of(view), *_routines_of(view)]
    while wanted:
        readers = [each for each in there if not wanted.isdisjoint(needed_by(each))]
        wanted = {id_of(each) for each in readers} - found.keys()
        found |= {id_of(each): each for each in readers if id_of(each) in wanted}
    return list(found.values())


def needed_by(each: Reader) -> Sequence[int]:
    """Return the ids of what a view reads and calls, or whose rows a function gives."""
    match each:
        case Routine():
            return (each.relation_id,) if each.relation_id else ()
        case schema.View():
            return (*(read.object_id for read in each.reads), *(routine_id for routine_id, _ in each.calls))
    return [read.object_id for read in each.reads]


def _routines_of(view: Snapshot) -> Iterator[Routine]:
    yield from (each for each in view.others.values() if isinstance(each, Routine))


def follow_table(before: int, after: int, transaction: Transaction) -> None:
    """Let what reads a table or goes with it do so with another one that has taken its place."""
    for table in list(transaction.view().tables.values()):
        if any(before in policy.reads for policy in table.policies):
            policies = tuple(_policy_moved(policy, before, after) for policy in table.policies)
            transaction.alter_table(replace(table, policies=policies))
    for table in [table for table in transaction.view().tables.values() if table.text]:
        if any(read.object_id == before for read in table.reads):
            transaction.alter_table(replace(table, reads=_moved(table.reads, before, after)))
    for each in list(transaction.view().others.values()):
        match each:
            case schema.View(reads=reads) if any(read.object_id == before for read in reads):
                transaction.define(each.view_id, replace(each, reads=_moved(reads, before, after)))
            case schema.Comment(object_id=of) if of - before in (0, OF_CONSTRAINT):
                transaction.define(each.comment_id, replace(each, object_id=of - before + after))
            case schema.Sequence(owner_id=owner_id) if owner_id == before:
                transaction.define(each.sequence_id, replace(each, owner_id=after))


def _policy_moved(policy: Policy, before: int, after: int) -> Policy:
    using, check = (
        tuple(after if each == before else each for each in reads)
        for reads in (policy.using_reads, policy.check_reads)
    )
    return replace(policy, using_reads=using, check_reads=check)


def _moved(reads: tuple[schema.Reading, ...], before: int, after: int) -> tuple[schema.Reading, ...]:
    return tuple(r._replace(object_id=after) if r.object_id == before else r for r in reads)


def views_of(view: Snapshot) -> Iterator[schema.View | schema.Table]:
    """Yield the views there are, materialized ones too."""
    yield from (each for each in view.others.values() if isinstance(each, schema.View))
    yield from (table for table in view.tables.values() if table.text)


def readers_of_column(
    table: schema.Table, column: schema.Column, view: Snapshot
) -> list[schema.View | schema.Table]:
    """Return the views that may read a column of a table by themselves."""
    found = []
    for each in views_of(view):
        used = names_used(query_of_view(each.text))
        for read in each.reads:
            called = dict(read.columns).get(column.number)
            if read.object_id == table.table_id and called is not None:
                if used.whole_rows or called in used.names:
                    found.append(each)
                    break
    return found


def _first_needed(needed: Iterable[int], going: Collection[int], view: Snapshot) -> str:
    """Return the first of what something needs that is to go."""
    for object_id in needed:
        found = view.definition(object_id) if object_id in going else None
        if isinstance(found, Inside):
            return kind_shown(found)
    raise AssertionError("it depends on something")


def check_query(query: ast.Query) -> None:
    """Raise where a query is none of a view."""
    refuse_parameters(query)
    if next(nodes_of(query, ast.AsOf), None) is not None:
        raise NotSupportedError(
            "AS OF in a view is not supported", hint="Write AS OF where the view is read."
        )


def readings(tables: Tables, query: ast.Query) -> tuple[schema.Reading, ...]:
    """Return what a query reads, `tables` being what names mean in it."""
    return tuple(_reading(tables, ref) for ref in tables_read(query))


def reads_temporary(reads: tuple[schema.Reading, ...], view: Snapshot) -> bool:
    """Whether something of what is read is temporary."""
    found = (view.definition(reading.object_id) for reading in reads)
    return any(is_temporary(each.qualified[0]) for each in found if each is not None)


def _reading(tables: Tables, ref: ast.TableRef) -> schema.Reading:
    found = tables.find_view(ref.name) or tables.find(ref.name)
    if found is None:
        return schema.Reading(0)
    object_id = found.view_id if isinstance(found, schema.View) else found.table_id
    return schema.Reading(object_id, tuple((column.number, column.name) for column in found.columns))


def _require_columns(known: schema.View, columns: tuple[schema.Column, ...]) -> None:
    """Raise 42P16 where a view loses a column it had, or has another in its place."""
    if len(columns) < len(known.columns):
        raise ProgrammingError("cannot drop columns from view", sqlstate="42P16")
    for before, after in zip(known.columns, columns, strict=False):
        if before.name != after.name:
            raise ProgrammingError(
                f'cannot change name of view column "{before.name}" to "{after.name}"', sqlstate="42P16",
                hint="Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.",
            )  # fmt: skip
        if before.type != after.type:
            raise ProgrammingError(
                f'cannot change data type of view column "{before.name}" from {before.type.formatted()}'
                f" to {after.type.formatted()}",
                sqlstate="42P16",
            )


def _require_no_circle(known: schema.View, reads: tuple[schema.Reading, ...], view: Snapshot) -> None:
    readers = {known.view_id, *map(id_of, dependents_of({known.view_id}, view))}
    if any(read.object_id in readers for read in reads):
        text = f'infinite recursion detected in rules for relation "{known.name}"'
        raise ProgrammingError(text, sqlstate="42P17")


def _no_view(name: tuple[str, ...], view: Snapshot, path: Path, kind: str) -> ProgrammingError:
    """Return the error of a name that is none of a view."""
    what = f'"{name[-1]}" is not a {"view" if kind == "relation" else kind}'
    table = find_object(view.tables, name, path)
    if table is not None:
        other = "materialized view" if table.text else "table"
        hint = None if kind == "relation" else f"Use DROP {other.upper()} to remove a {other}."
        return WrongObjectType(what, hint=hint)
    if find_object(view.index_names, name, path) is not None:
        hint = None if kind == "relation" else "Use DROP INDEX to remove an index."
        return WrongObjectType(what, hint=hint)
    if kind == "materialized view" and find_view(view, name, path) is not None:
        return WrongObjectType(what, hint="Use DROP VIEW to remove a view.")
    if kind == "relation":
        return UndefinedTable(f'relation "{".".join(name)}" does not exist')
    return not_there(kind, name, view)
