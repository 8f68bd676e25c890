"""Row security in a session: CREATE, ALTER and DROP POLICY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vql import schema
from vql.errors import (
    DuplicateObject,
    NotSupportedError,
    ProgrammingError,
    UndefinedObject,
    UndefinedTable,
)
from vql.language import ast
from vql.language.analyze.used import names_used
from vql.language.bind.names import Tables
from vql.language.bind.statements import bind
from vql.language.parser import parse_expression
from vql.naming import find_object
from vql.roles.access import LETTERS, PUBLIC_ROLE, Policy
from vql.session.identity import Identity
from vql.session.objects.access.roles import lock_role
from vql.session.objects.schemas import Path
from vql.session.objects.views import check_query, readings
from vql.session.results import Notice, Result
from vql.storage.locks.modes import RelationLock
from vql.storage.transactions.transaction import Transaction


def create_policy(
    statement: ast.CreatePolicy, transaction: Transaction, path: Path, identity: Identity
) -> Result:
    """Run CREATE POLICY. Raises 42P01, 42710, 42601, 0A000 and what its conditions raise."""
    table = _table(statement.table, transaction, path)
    if any(policy.name == statement.name for policy in table.policies):
        raise DuplicateObject(f'policy "{statement.name}" for table "{table.name}" already exists')
    if statement.check is not None and statement.command in ("select", "delete"):
        raise ProgrammingError("WITH CHECK cannot be applied to SELECT or DELETE", sqlstate="42601")
    if statement.using is not None and statement.command == "insert":
        raise ProgrammingError("only WITH CHECK expression allowed for INSERT", sqlstate="42601")
    using, check = _reads_of(statement, table, transaction, path)
    roles = _role_ids(statement.roles, transaction, identity)
    command = LETTERS.get(statement.command, "*")
    made = Policy(
        transaction.new_object_id(), statement.name, command, statement.is_permissive, roles, statement.using,
        statement.check, using, check, table.name,
    )  # fmt: skip
    transaction.alter_table(replace(table, policies=(*table.policies, made)))
    return Result("CREATE POLICY")


def alter_policy(
    statement: ast.AlterPolicy, transaction: Transaction, path: Path, identity: Identity
) -> Result:
    """Run ALTER POLICY. Raises 42P01, 42704, 42710, 42601, 0A000 and what its conditions raise."""
    table = _table(statement.table, transaction, path)
    before = next((policy for policy in table.policies if policy.name == statement.name), None)
    if before is None:
        raise UndefinedObject(f'policy "{statement.name}" for table "{table.name}" does not exist')
    if any(policy.name == statement.new_name for policy in table.policies):
        raise DuplicateObject(f'policy "{statement.new_name}" for table "{table.name}" already exists')
    if statement.check is not None and before.command in "rd":
        raise ProgrammingError("only USING expression allowed for SELECT, DELETE", sqlstate="42601")
    if statement.using is not None and before.command == "a":
        raise ProgrammingError("only WITH CHECK expression allowed for INSERT", sqlstate="42601")
    using, check = _reads_of(statement, table, transaction, path)
    roles = before.role_ids
    if statement.roles is not None:
        roles = _role_ids(statement.roles, transaction, identity)
    made = replace(
        before, name=statement.new_name or before.name, role_ids=roles,
        using=before.using if statement.using is None else statement.using,
        check=before.check if statement.check is None else statement.check,
        using_reads=before.using_reads if statement.using is None else using,
        check_reads=before.check_reads if statement.check is None else check,
    )  # fmt: skip
    if table.name != before.table_name and made.reads:
        raise NotSupportedError(
            "ALTER POLICY with sub-queries after its table was renamed is not supported yet",
            hint="Drop the policy, and create it anew.",
        )
    policies = tuple(made if policy is before else policy for policy in table.policies)
    transaction.alter_table(replace(table, policies=policies))
    return Result("ALTER POLICY")


def _role_ids(roles: Sequence[ast.RoleName], transaction: Transaction, identity: Identity) -> tuple[int, ...]:
    return tuple(
        PUBLIC_ROLE if role == ast.RoleName("") else lock_role(role, transaction, identity).role_id
        for role in roles
    )


def _reads_of(
    statement: ast.CreatePolicy | ast.AlterPolicy, table: schema.Table, transaction: Transaction, path: Path
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids of what the conditions of a statement read. Raises what is wrong with them."""
    texts = (statement.using, statement.check)
    using, check = (() if text is None else _reads(text, table, transaction, path) for text in texts)
    return using, check


def _reads(text: str, table: schema.Table, transaction: Transaction, path: Path) -> tuple[int, ...]:
    expression, view = parse_expression(text), transaction.view()
    tables = Tables(view.tables, path, catalogs=(view,))
    source = ast.TableRef(table.qualified, table.name)
    query = ast.Select((ast.SelectItem(ast.Star()),), (source,), where=expression)
    check_query(query)
    try:
        bind(query, tables)
    except ProgrammingError as error:
        error.message = error.message.replace("argument of WHERE", "argument of POLICY")
        error.message = error.message.replace("not allowed in WHERE", "not allowed in policy expressions")
        raise
    _, *found = readings(tables, query)
    for reading in found:
        if reading.object_id:  # what is read stays there till the policy is
            transaction.lock(reading.object_id, RelationLock.ACCESS_SHARE)
    return tuple(reading.object_id for reading in found)


def drop_policy(statement: ast.DropPolicy, transaction: Transaction, path: Path) -> Result:
    """Run DROP POLICY. Raises 42P01, 42704."""
    found = find_object(transaction.view().tables, statement.table, path)
    if found is None and statement.if_exists:
        text = f'relation "{".".join(statement.table)}" does not exist, skipping'
        return Result("DROP POLICY", notices=(Notice(text),))
    table = _table(statement.table, transaction, path)
    rest = tuple(policy for policy in table.policies if policy.name != statement.name)
    if len(rest) == len(table.policies):
        if not statement.if_exists:
            raise UndefinedObject(f'policy "{statement.name}" for table "{table.name}" does not exist')
        text = f'policy "{statement.name}" for relation "{table.name}" does not exist, skipping'
        return Result("DROP POLICY", notices=(Notice(text),))
    transaction.alter_table(replace(table, policies=rest))
    return Result("DROP POLICY")


def _table(name: tuple[str, ...], transaction: Transaction, path: Path) -> schema.Table:
    found = find_object(transaction.view().tables, name, path)
    if found is None:
        raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
    return found


def require_no_policy(table: schema.Table, column: str, what: str, tables: Iterable[schema.Table]) -> None:
    """Raise 0A000 where a policy of one of all `tables` reads a column that is to be another, or to go."""
    for other in tables:
        for policy in other.policies:
            if other.table_id != table.table_id and table.table_id not in policy.reads:
                continue
            for text in (policy.using, policy.check):
                used = None if text is None else names_used(parse_expression(text))
                if used is not None and (column in used.names or used.whole_rows):
                    raise NotSupportedError(
                        f'{what} a column that policy "{policy.name}" reads is not supported yet',
                        hint="Drop the policy, and create it anew.",
                    )


def without_role(policy: Policy, role_id: int) -> Policy:
    """Return a policy that is not of a role."""
    return replace(policy, role_ids=tuple(each for each in policy.role_ids if each != role_id))
