"""Row security in a session: CREATE and DROP POLICY."""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import (
    DatatypeMismatch,
    DuplicateObject,
    NotSupportedError,
    ProgrammingError,
    UndefinedObject,
    UndefinedTable,
)
from vql.language import ast
from vql.language.analyze.used import names_used
from vql.language.ast.walk import walk
from vql.language.bind.names import Tables
from vql.language.bind.statements import bind
from vql.language.parser import parse_expression
from vql.naming import find_object
from vql.roles.access import LETTERS, PUBLIC_ROLE, Policy
from vql.session.identity import Identity
from vql.session.objects.access.roles import lock_role
from vql.session.objects.schemas import Path
from vql.session.results import Notice, Result
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
    for text in (statement.using, statement.check):
        if text is not None:
            _check_condition(text, table)
    roles = tuple(
        PUBLIC_ROLE if role == ast.RoleName("") else lock_role(role, transaction, identity).role_id
        for role in statement.roles
    )
    command = LETTERS.get(statement.command, "*")
    made = Policy(
        transaction.new_object_id(), statement.name, command, statement.is_permissive, roles, statement.using,
        statement.check,
    )  # fmt: skip
    transaction.alter_table(replace(table, policies=(*table.policies, made)))
    return Result("CREATE POLICY")


def _check_condition(text: str, table: schema.Table) -> None:
    """Raise what is wrong with a condition over rows of a table."""
    expression = parse_expression(text)
    if any(isinstance(node, ast.Query) for node in walk(expression)):
        raise NotSupportedError(
            "policies with sub-queries are not supported yet",
            hint="Compare with a setting of the session: current_setting('app.tenant').",
        )
    tables = Tables({table.qualified: table}, (table.schema,))
    query = ast.Select((ast.SelectItem(ast.Star()),), (ast.TableRef((table.name,)),), where=expression)
    try:
        bind(query, tables)
    except DatatypeMismatch as error:
        error.message = error.message.replace("argument of WHERE", "argument of POLICY")
        raise


def drop_policy(statement: ast.DropPolicy, transaction: Transaction, path: Path) -> Result:
    """Run DROP POLICY. Raises 42P01, 42704."""
    found = find_object(transaction.view().tables, statement.table, path)
    if found is None and statement.if_exists:
        text = f'relation "{".".join(statement.table)}" does not exist, skipping'
        return Result("DROP POLICY", notices=(Notice(text),))
    table = _table(statement.table, transaction, path)
    rest = tuple(policy for policy in table.policies if policy.name != statement.name)
    if len(rest) == len(table.policies):
        text = f'policy "{statement.name}" for table "{table.name}" does not exist'
        if not statement.if_exists:
            raise UndefinedObject(text)
        return Result("DROP POLICY", notices=(Notice(f"{text}, skipping"),))
    transaction.alter_table(replace(table, policies=rest))
    return Result("DROP POLICY")


def _table(name: tuple[str, ...], transaction: Transaction, path: Path) -> schema.Table:
    found = find_object(transaction.view().tables, name, path)
    if found is None:
        raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
    return found


def require_no_policy(table: schema.Table, column: str, what: str) -> None:
    """Raise 0A000 where a policy reads a column that is to be another, or to go."""
    for policy in table.policies:
        for text in (policy.using, policy.check):
            if text is not None and column in names_used(parse_expression(text)).names:
                raise NotSupportedError(
                    f'{what} a column that policy "{policy.name}" reads is not supported yet',
                    hint="Drop the policy, and create it anew.",
                )


def without_role(policy: Policy, role_id: int) -> Policy:
    """Return a policy that is not of a role."""
    return replace(policy, role_ids=tuple(each for each in policy.role_ids if each != role_id))
