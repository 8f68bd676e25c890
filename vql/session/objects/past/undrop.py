"""UNDROP TABLE: a dropped table is there again, with its rows, under the id that it had.

Its definition is written once more, and with it what was dropped in the same commit and is its own: the
sequences of its columns, comments. Rows, and indexes that are built, have stayed where they were as long as
the table's retention says; entries of unique keys are made anew by the commit. What the rows of others were
to refer to is gone for good with CASCADE, and so are views that read the table.
"""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import NotSupportedError, SnapshotTooOld, UndefinedTable
from vql.executor.rows.selection import rows_there
from vql.language import ast
from vql.language.bind.access.rights import Rights
from vql.naming import Qualified, is_temporary, searched
from vql.roles.access import PUBLIC_ROLE, Access
from vql.roles.role import Roles
from vql.session.objects.access.ownership import access_of
from vql.session.objects.referenced import check_references, lock_referenced
from vql.session.objects.schemas import Path, enter_schema
from vql.session.results import Result
from vql.storage.catalog import Catalog, oldest_of
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.transaction import Transaction
from vql.types.extensions.extension import extension_schemas
from vql.types.type import Type


def undrop_table(
    statement: ast.UndropTable, transaction: Transaction, path: Path, roles: Roles, rights: Rights | None
) -> Result:
    """Run UNDROP TABLE. Raises 42P01, 42P07, 72000, 3F000, 42501, 23503, and 0A000 for what cannot come
    back."""
    catalog = transaction.store.catalog
    dropped_at, table = _dropped(statement, transaction, path, catalog)
    if rights is not None:
        rights.require_ownership(table.access, "table", table.name)
        rights.require_creation(table.schema)
    enter_schema(table.schema, transaction)
    lock_referenced(table, transaction, RelationLock.SHARE_ROW_EXCLUSIVE)
    with transaction.store.metastore.read() as batch:
        if oldest_of(batch, table.table_id) >= dropped_at:
            raise SnapshotTooOld(f'the rows of table "{table.name}" are no longer kept')
    view = transaction.view()
    dropped = catalog.dropped_at(dropped_at)
    own = [each for each in dropped if isinstance(each, schema.Sequence) and each.owner_id == table.table_id]
    _require_free(table, own, view)
    _require_sources(table, {each.sequence_id for each in own}, transaction)
    made = _as_now(table, view, roles)
    transaction.undrop_table(made)
    ids = {table.table_id, *(i.index_id for i in table.indexes), *(each.sequence_id for each in own)}
    ids |= {check.constraint_id for check in table.checks} | {key.constraint_id for key in table.foreign_keys}
    maker = transaction.access_of_new
    transaction.access_of_new = lambda made: _access_now(access_of(made), "sequence", roles)
    for sequence in own:
        transaction.define(sequence.sequence_id, sequence)
    for each in dropped:
        if isinstance(each, schema.Comment) and each.object_id in ids:
            transaction.define(each.comment_id, each)
    transaction.access_of_new = maker
    if made.foreign_keys:
        rows = rows_there(made, transaction.view())
        own_keys = tuple(key for key in made.foreign_keys if key.referenced_id == made.table_id)
        check_references(replace(made, foreign_keys=own_keys), made, transaction, rows.column)
    return Result("UNDROP TABLE")


def _dropped(
    statement: ast.UndropTable, transaction: Transaction, path: Path, catalog: Catalog
) -> tuple[int, schema.Table]:
    """Return the table of a name that was dropped last, and the version at which it was."""
    view, name = transaction.view(), statement.name
    shown = ".".join(name)
    for in_schema in searched(name, path):
        at: Qualified = (in_schema, name[-1])
        if view.has_relation(at):
            raise name_taken(at)
        known = transaction.snapshot.tables.get(at)
        if known is not None:
            text = f'undropping table "{shown}" in the transaction that drops it is not supported'
            raise NotSupportedError(text, hint="ROLLBACK, or ROLLBACK TO SAVEPOINT.")
        found = next(iter(catalog.dropped(at)), None)
        if found is not None and not found[1].text and not is_temporary(in_schema):
            return found
    raise UndefinedTable(
        f'no table "{shown}" was dropped', position=statement.span[0] + 1,
        hint="Materialized views, views and temporary tables cannot be undropped.",
    )  # fmt: skip


def _require_free(table: schema.Table, own: list[schema.Sequence], view: Snapshot) -> None:
    """Raise 42P07 where something else has a name by now that comes back."""
    for name in (*(index.name for index in table.indexes), *(each.name for each in own)):
        if view.has_relation((table.schema, name)):
            raise name_taken((table.schema, name))


def _require_sources(table: schema.Table, sequences: set[int], transaction: Transaction) -> None:
    """Raise 0A000 where something is gone that the table needs, or is another by now."""
    view = transaction.view()
    for key in table.foreign_keys:
        if key.referenced_id in transaction.changes.undropped:
            raise _cannot(table, "what it refers to comes back in the same transaction", "COMMIT first.")
        referenced = (
            table if key.referenced_id == table.table_id else view.tables_by_id.get(key.referenced_id)
        )
        keys = {} if referenced is None else {unique.key_id for unique in referenced.unique_keys}
        if key.key_id not in keys:
            raise _cannot(
                table, f'what its foreign key "{key.name}" refers to is gone',
                "UNDROP the table that it refers to first, or read the rows with AS OF.",
            )  # fmt: skip
    extensions = extension_schemas(view.others)
    for column in table.columns:
        if column.numbered_by and column.numbered_by not in sequences:
            if not isinstance(view.definition(column.numbered_by), schema.Sequence):
                raise _cannot(table, f'the sequence that column "{column.name}" is numbered by is gone')
        if not _is_there(column.type, view, extensions):
            raise _cannot(table, f'the type of column "{column.name}" is gone or has changed')


def _is_there(type_: Type, view: Snapshot, extensions: object) -> bool:
    """Whether a type is as it was."""
    element = type_.element if type_.is_array else type_
    extension = element.base.extension
    if extension and extension not in extensions:  # type: ignore[operator]
        return False
    if element.domain is not None:
        return view.definition(element.domain.type_id) == element.domain
    if element.made is None:
        return True
    for each in view.objects():
        made = getattr(each, "type", None) if isinstance(each, schema.Typed | schema.Table) else None
        if isinstance(made, Type) and made.made is not None and made.catalog_oid == element.catalog_oid:
            return made.made == element.made
    return False


def _cannot(table: schema.Table, why: str, hint: str = "Read the rows with AS OF.") -> NotSupportedError:
    return NotSupportedError(f'table "{table.name}" cannot be undropped: {why}', hint=hint)


def _as_now(table: schema.Table, view: Snapshot, roles: Roles) -> schema.Table:
    """Return a table without what refers to it no more, and what was granted to roles that are gone."""
    referring = {
        each
        for each in table.referenced_by
        if (other := view.tables_by_id.get(each)) is not None
        and any(key.referenced_id == table.table_id for key in other.foreign_keys)
    }
    known = {PUBLIC_ROLE, *roles.by_id}
    policies = tuple(
        replace(policy, role_ids=tuple(role for role in policy.role_ids if role in known))
        for policy in table.policies
    )
    return replace(
        table,
        referenced_by=tuple(each for each in table.referenced_by if each in referring),
        access=_access_now(table.access, "table", roles),
        policies=tuple(policy for policy in policies if policy.role_ids),
    )


def _access_now(access: Access, kind: str, roles: Roles) -> Access:
    """Return what was granted as far as those are there whom it names; what nobody owns is the database's
    owner's."""
    known = {PUBLIC_ROLE, *roles.by_id}
    if access.owner_id not in known:
        access = access.owned_by(kind, roles.all[0].role_id)
    if access.grants is None:
        return access
    kept = tuple(grant for grant in access.grants if {grant.grantee_id, grant.grantor_id} <= known)
    return replace(access, grants=kept)
