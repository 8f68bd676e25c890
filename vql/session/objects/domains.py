"""Types that are made of another one, in a session: CREATE and ALTER DOMAIN, CREATE TYPE ... AS RANGE.

A column says what its domain is, as it says what its type is: who changes one defines anew the tables that
have columns of it (`vql.session.objects.types`), and has their rows looked at where there is a new rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from vql import schema
from vql.errors import (
    CheckViolation,
    DatatypeMismatch,
    DuplicateObject,
    NotNullViolation,
    NotSupportedError,
    SyntaxError,
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
from vql.naming import Qualified
from vql.routines import RangeDefinition
from vql.session.objects.schemas import Path, name_to_make
from vql.session.objects.types import columns_with, follow_type, locked_type
from vql.session.results import Notice, Result
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.collations import check_collation
from vql.types.ranges.made import RangeParts
from vql.types.type import Domain, DomainCheck, Type, type_named

# Where values lie is asked by no index here: `subtype_diff` is taken and says nothing.
RANGE_OPTIONS = frozenset(
    {"subtype", "subtype_opclass", "collation", "canonical", "subtype_diff", "multirange_type_name"}
)

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


def create_range(statement: ast.CreateRange, transaction: Transaction, path: Path) -> Result:
    """Run CREATE TYPE ... AS RANGE: a range type and its multirange type. Raises 42710, 3F000, 42601, 42704,
    42804, 42809, 0A000."""
    given = _range_options(statement)
    view, name = transaction.view(), name_to_make(statement.name, transaction, path, statement.span)
    if view.has_relation(name):
        raise DuplicateObject(f'type "{name[1]}" already exists')
    subtype = given.get("subtype")
    if not isinstance(subtype, ast.TypeName):
        raise SyntaxError('type attribute "subtype" is required')
    of = type_named(subtype.name, subtype.modifiers)
    collation = _range_collation(given.get("collation"), of)
    _check_subtype(of, given)
    multi = _multirange_name(given.get("multirange_type_name"), name)
    if view.has_relation(multi) or multi == name:
        detail = f'Failed while creating a multirange type for type "{name[1]}".'
        hint = 'You can manually specify a multirange type name using the "multirange_type_name" attribute.'
        is_named = "multirange_type_name" in given
        text = f'type "{multi[1]}" already exists'
        raise DuplicateObject(text) if is_named else DuplicateObject(text, detail=detail, hint=hint)
    ids = [transaction.new_object_id() for _ in range(4)]
    parts = RangeParts(ids[0], ids[1], of.sized(None), (multi[1], ids[2], ids[3]), False, collation)
    transaction.define(ids[0], RangeDefinition(name[1], parts, name[0]))
    transaction.define(ids[2], RangeDefinition(multi[1], parts.paired(name[1]), multi[0]))
    return Result("CREATE TYPE")


def _range_options(statement: ast.CreateRange) -> dict[str, ast.TypeName | tuple[str, ...]]:
    given: dict[str, ast.TypeName | tuple[str, ...]] = {}
    for option, value in statement.options:
        if option not in RANGE_OPTIONS:
            raise SyntaxError(f'type attribute "{option}" not recognized')
        if option in given:
            raise SyntaxError("conflicting or redundant options")
        given[option] = value
    return given


def _range_collation(name: ast.TypeName | tuple[str, ...] | None, of: Type) -> str:
    """Return the collation of a range type, "" of the default one. Raises 42809, 42704."""
    if name is None:
        return ""
    assert isinstance(name, tuple), "a name"
    if of.base.category != "S":
        raise WrongObjectType("range collation specified but subtype does not support collation")
    return check_collation(name, of, None)


def _check_subtype(of: Type, given: Mapping[str, object]) -> None:
    """Raise 0A000 for what there is in PostgreSQL and not here, 42704 for a type that has no order."""
    if of.base.type_kind == "p":
        raise DatatypeMismatch(f"range subtype cannot be {of.formatted()}")
    if of.made is not None or of.domain is not None or of.is_array:
        raise NotSupportedError(f"ranges of type {of.formatted()} are not supported yet")
    if not of.base.has_order or not of.is_storable:
        raise UndefinedObject(
            f'data type {of.sized(None).formatted()} has no default operator class for access method "btree"',
            hint="You must specify an operator class for the range type or define a default operator class"
            " for the subtype.",
        )
    if "canonical" in given:
        raise NotSupportedError("range types with a canonical function are not supported yet")
    opclass = given.get("subtype_opclass")
    if opclass is not None and opclass != (f"{of.base.short_name}_ops",):
        raise NotSupportedError(
            "range types of another than the default operator class are not supported yet"
        )


def _multirange_name(given: ast.TypeName | tuple[str, ...] | None, of: Qualified) -> Qualified:
    """Return the name of the multirange type of a range type, in its schema where nothing says another."""
    if isinstance(given, tuple):
        return (given[-2] if len(given) > 1 else of[0]), given[-1]
    name = of[1].replace("range", "multirange", 1) if "range" in of[1] else f"{of[1]}_multirange"
    return of[0], name
