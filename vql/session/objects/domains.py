"""CREATE and ALTER DOMAIN in a session.

A column says what its domain is, as it says what its type is: who changes one defines anew the tables that
have columns of it (`vql.session.objects.types`), and has their rows looked at where there is a new rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vql import schema
from vql.errors import (
    CheckViolation,
    DuplicateObject,
    NotNullViolation,
    NotSupportedError,
    UndefinedObject,
    WrongObjectType,
)
from vql.executor.constraints.constraints import violations
from vql.executor.rows.context import Context
from vql.executor.rows.selection import rows_there
from vql.executor.rows.sources import ColumnSource
from vql.language import ast
from vql.language.ast.walk import type_written
from vql.language.bind.definitions.defined_values import check_default_apart
from vql.language.bind.definitions.domains import check_of_domain
from vql.language.parser import parse_expression
from vql.language.planner import planned_checks
from vql.session.objects.schemas import Path, name_to_make
from vql.session.objects.types import columns_with, follow_type, locked_type
from vql.session.results import Notice, Result
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.type import Domain, DomainCheck, Type

Contexts = Callable[[Snapshot], Context]


def create_domain(statement: ast.CreateDomain, transaction: Transaction, path: Path) -> Result:
    """Run CREATE DOMAIN. Raises 42710, 3F000, 42704, 42804, 0A000."""
    name = name_to_make(statement.name, transaction, path, statement.span)
    if transaction.view().has_relation(name):
        raise DuplicateObject(f'type "{name[1]}" already exists')
    over = type_written(statement.type)
    if over.domain is not None:
        raise NotSupportedError("domains over domains are not supported yet")
    if not over.is_storable or over.made is not None and over.composite is not None:
        raise NotSupportedError(f"domains over type {over.formatted()} are not supported yet")
    made = Domain(transaction.new_object_id(), transaction.new_object_id(), name[1], over, name[0])
    made = _with_default(made, statement.default)
    for rule in statement.rules:
        made = _with_rule(made, rule, transaction)
    transaction.define(made.type_id, made)
    return Result("CREATE DOMAIN")


def _with_default(found: Domain, default: str | None) -> Domain:
    if default is not None:
        check_default_apart(parse_expression(default), schema.Column(found.name, found.over))
    return replace(found, default=default)


def _with_rule(found: Domain, rule: ast.DomainRule, transaction: Transaction) -> Domain:
    if not rule.text:
        return replace(found, not_null=True)
    check = replace(check_of_domain(rule, found), constraint_id=transaction.new_object_id())
    # In the order in which they are looked at.
    return replace(found, checks=tuple(sorted((*found.checks, check), key=lambda check: check.name)))


def alter_domain(
    statement: ast.AlterDomain, transaction: Transaction, path: Path, contexts: Contexts
) -> Result:
    """Run ALTER DOMAIN. Raises 42704, 42710, 42809, 23502, 23514."""
    found = locked_type(statement.name, transaction, path)
    if not isinstance(found, Domain):
        raise WrongObjectType(f"{found.name} is not a domain")
    notices: tuple[Notice, ...] = ()
    match statement.action:
        case ast.DomainDefault(default=default):
            made = _with_default(found, default)
        case ast.DomainRule() as rule:
            made = _with_rule(found, rule, transaction)
            new = tuple(check for check in made.checks if check not in found.checks)
            _check_rows(replace(made, checks=new), transaction, contexts)
        case ast.DropDomainRule(name=""):
            made = replace(found, not_null=False)
        case ast.DropDomainRule(name=name, if_exists=if_exists):
            made, notices = _without_rule(found, name, if_exists)
        case ast.ChangeDomainRule(name=name, new_name=new_name):
            check = _check_named(found, name)
            changed = replace(check, name=new_name) if new_name else replace(check, is_validated=True)
            if new_name and any(each.name == new_name for each in found.checks):
                raise DuplicateObject(f'constraint "{new_name}" for domain {found.name} already exists')
            if not new_name:
                _check_rows(replace(found, checks=(changed,)), transaction, contexts)
            made = replace(found, checks=tuple(changed if c is check else c for c in found.checks))
    transaction.define(made.type_id, made)
    follow_type(found.type, made.type, transaction)
    return Result("ALTER DOMAIN", notices=notices)


def _without_rule(found: Domain, name: str, if_exists: bool) -> tuple[Domain, tuple[Notice, ...]]:
    if found.not_null and name == f"{found.name}_not_null":
        return replace(found, not_null=False), ()
    kept = tuple(check for check in found.checks if check.name != name)
    if kept == found.checks:
        missing = f'constraint "{name}" of domain "{found.name}" does not exist'
        if not if_exists:
            raise UndefinedObject(missing)
        return found, (Notice(f"{missing}, skipping"),)
    return replace(found, checks=kept), ()


def _check_named(found: Domain, name: str) -> DomainCheck:
    for check in found.checks:
        if check.name == name:
            return check
    raise UndefinedObject(f'constraint "{name}" of domain "{found.name}" does not exist')


def _check_rows(domain: Domain, transaction: Transaction, contexts: Contexts) -> None:
    """Raise 23502, 23514 where a row has a value that a domain's rules, those of them that are validated,
    forbid."""
    checks = tuple(check for check in domain.checks if check.is_validated)
    view = transaction.view()
    for table, column in columns_with(domain.type, transaction):
        asked = Type(column.type.name, column.type.modifier, column.type.made, replace(domain, checks=checks))
        columns = tuple(
            replace(each, type=asked if each is column else each.type.plain) for each in table.columns
        )
        selection = rows_there(table, view)
        rows = ColumnSource(tuple(selection.column(place) for place in range(len(columns))))
        for check in planned_checks(replace(table, columns=columns, checks=())) if rows.rows else ():
            if len(violations(check, rows, contexts(view))):
                where = f'column "{column.name}" of table "{table.name}"'
                if not check.name:
                    raise NotNullViolation(f"{where} contains null values")
                raise CheckViolation(f"{where} contains values that violate the new constraint")
