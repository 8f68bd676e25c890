"""Constraints as pg_catalog and information_schema show them, and the texts of defaults and expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from vql import schema
from vql.constraints import ACTIONS, CheckConstraint, ForeignKey
from vql.executor.bridge.catalog.namespaces import namespaces
from vql.functions.text.formatting import quote_ident, quote_literal
from vql.language.bind.definitions.shown import NamesShown, bracketed, default_text, stored_text, value_shown
from vql.storage.snapshot import Snapshot
from vql.types.type import Domain, DomainCheck

# The OID of a constraint with an index is so much above that of its index.
OF_CONSTRAINT = 1_000_000_000
ACTION_CODES = dict(zip(ACTIONS, "arcnd", strict=True))
YES = {True: "YES", False: "NO"}

Row = tuple[object, ...]


class Constraint(NamedTuple):
    """One constraint of a table, and what says it."""

    oid: int
    name: str
    kind: str
    table: schema.Table
    made: schema.Index | CheckConstraint | ForeignKey

    @property
    def columns(self) -> Sequence[str]:
        """The columns that it is about."""
        if isinstance(self.made, CheckConstraint):
            return [self.table.columns[self.table.place_of(n)].name for n in self.made.numbers]
        return self.made.columns

    @property
    def is_deferrable(self) -> bool:
        """Whether it may be looked at as late as at the commit."""
        return not isinstance(self.made, CheckConstraint) and self.made.is_deferrable

    @property
    def is_deferred(self) -> bool:
        """Whether that is so unless something else is said."""
        return not isinstance(self.made, CheckConstraint) and self.made.is_deferred


def constraints_in(snapshot: Snapshot) -> Iterator[Constraint]:
    """Yield all constraints there are."""
    for table in snapshot.tables.values():
        yield from constraints_on(table)


def constraints_on(table: schema.Table) -> Iterator[Constraint]:
    """Yield the constraints of a table."""
    for index in table.indexes:
        if index.is_declared:  # its index has an OID of its own
            kind = "PRIMARY KEY" if index.primary else "UNIQUE"
            yield Constraint(index.index_id + OF_CONSTRAINT, index.name, kind, table, index)
    for check in table.checks:
        yield Constraint(check.constraint_id, check.name, "CHECK", table, check)
    for key in table.foreign_keys:
        yield Constraint(key.constraint_id, key.name, "FOREIGN KEY", table, key)


def key_numbers(table: schema.Table, names: Sequence[str]) -> list[int]:
    """Return the numbers of columns, as int2vector has them."""
    return [table.stored[table.stored_position(name)].number for name in names]


def expression_word(expression: str) -> str:
    """Return what PostgreSQL calls the attribute of an index that an expression is."""
    found = re.match(r"\(*(\w+)(\(|\)::)", expression)
    return "expr" if found is None else found[1]


def default_shown(column: schema.Column, snapshot: Snapshot) -> str | None:
    """Return a column's default with the names that sequences have."""
    if column.default is None:
        return None
    if "nextval" not in column.default:
        return default_text(column.default, column.type)

    def named(found: re.Match[str]) -> str:
        made = snapshot.definition(int(found[1]))
        if not isinstance(made, schema.Sequence):
            return found[0]
        name = ".".join(map(quote_ident, made.qualified[made.schema == schema.PUBLIC :]))
        return f"nextval({quote_literal(name)}::regclass)"

    return schema.NEXT_NUMBER.sub(named, column.default)


def referenced_index(key: ForeignKey, snapshot: Snapshot) -> schema.Index:
    """Return the index of the key that a foreign key refers to."""
    table = snapshot.tables_by_id[key.referenced_id]
    return next(i for i in table.indexes if (table.table_id if i.primary else i.index_id) == key.key_id)


def constraint_text(constraint: Constraint, snapshot: Snapshot, names: NamesShown) -> str:
    """Return a constraint as ALTER TABLE would add it."""
    match constraint.made:
        case schema.Index() as index:
            nulls = " NULLS NOT DISTINCT" * index.nulls_are_alike
            included = f" INCLUDE ({_listed(index.included)})" if index.included else ""
            return f"{constraint.kind}{nulls} ({_listed(index.columns)}){included}{_deferral(index)}"
        case CheckConstraint() as check:
            shown = bracketed(stored_text(check.text, snapshot, names))
            return f"CHECK ({shown})" + " NOT VALID" * (not check.is_validated)
        case ForeignKey() as key:
            return _definition_of_reference(key, snapshot, names)


def domain_text(oid: int, snapshot: Snapshot, names: NamesShown) -> str | None:
    """Return the condition of a domain as ALTER DOMAIN would add it, None where there is none of an OID."""
    for _, check in _domain_checks(snapshot):
        if check.constraint_id == oid:
            shown = bracketed(stored_text(value_shown(check.text), snapshot, names))
            return f"CHECK ({shown})" + " NOT VALID" * (not check.is_validated)
    return None


def _definition_of_reference(key: ForeignKey, snapshot: Snapshot, names: NamesShown) -> str:
    there = snapshot.tables_by_id[key.referenced_id]
    referenced = [there.columns[there.place_of(number)].name for number in key.referenced]
    name = names.relation_shown(key.referenced_id)
    parts = [f"FOREIGN KEY ({_listed(key.columns)}) REFERENCES {name}({_listed(referenced)})"]
    if key.is_full:
        parts.append("MATCH FULL")
    if key.on_update != "no action":
        parts.append(f"ON UPDATE {key.on_update.upper()}")
    if key.on_delete != "no action":
        parts.append(f"ON DELETE {key.on_delete.upper()}")
    if key.set_columns:
        parts.append(f"({_listed(key.set_columns)})")
    return " ".join(parts) + _deferral(key) + " NOT VALID" * (not key.is_validated)


def _deferral(key: schema.Index | ForeignKey) -> str:
    """Return what a definition says of when a key is looked at."""
    return " DEFERRABLE" * key.is_deferrable + " INITIALLY DEFERRED" * key.is_deferred


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quote_ident, names))


# ------------------------------------------------------------------ relations


def constraints(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_constraint."""
    rows: list[Row] = []
    there = namespaces(snapshot)
    for each in constraints_in(snapshot):
        index_id, referenced, codes, is_valid = 0, 0, (" ", " ", " "), True
        numbers: list[int] | None = None
        set_numbers: list[int] | None = None
        condition, code = None, "u"
        match each.made:
            case schema.Index() as index:
                index_id, code = index.index_id, "p" if index.primary else "u"
            case CheckConstraint() as check:
                code, condition, is_valid = "c", check.text, check.is_validated
            case ForeignKey() as key:
                code, referenced, is_valid = "f", key.referenced_id, key.is_validated
                index_id = referenced_index(key, snapshot).index_id
                numbers = list(key.referenced)
                set_numbers = key_numbers(each.table, key.set_columns) or None
                match_ = "f" if key.is_full else "s"
                codes = ACTION_CODES[key.on_update], ACTION_CODES[key.on_delete], match_
        rows.append((
            each.oid, each.name, there[each.table.schema], code, each.is_deferrable, each.is_deferred,
            is_valid, each.table.table_id, 0, index_id, 0, referenced, *codes, True, 0, code != "c",
            key_numbers(each.table, each.columns), numbers, None, None, None, set_numbers, None, condition,
        ))  # fmt: skip
    rows += [
        (
            check.constraint_id, check.name, there[domain.schema], "c", False, False, check.is_validated,
            0, domain.type_id, 0, 0, 0, " ", " ", " ", True, 0, False, None, None, None, None, None, None, None, check.text,
        )
        for domain, check in _domain_checks(snapshot)
    ]  # fmt: skip
    return rows


def _domain_checks(snapshot: Snapshot) -> Iterator[tuple[Domain, DomainCheck]]:
    for domain in snapshot.others.values():
        if isinstance(domain, Domain):
            yield from ((domain, check) for check in domain.checks)


def table_constraints(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.table_constraints."""
    database = session["vql__database"]
    return [
        (database, each.table.schema, each.name, database, each.table.schema, each.table.name, each.kind,
         YES[each.is_deferrable], YES[each.is_deferred])
        for each in constraints_in(snapshot)
    ]  # fmt: skip


def key_columns(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.key_column_usage."""
    database = session["vql__database"]
    rows: list[Row] = []
    for each in constraints_in(snapshot):
        if isinstance(each.made, CheckConstraint):
            continue
        places: list[int | None] = [None] * len(each.columns)
        if isinstance(each.made, ForeignKey):
            there = snapshot.tables_by_id[each.made.referenced_id]
            order = key_numbers(there, referenced_index(each.made, snapshot).columns)
            places = [order.index(number) + 1 for number in each.made.referenced]
        rows += [
            (
                database,
                each.table.schema,
                each.name,
                database,
                each.table.schema,
                each.table.name,
                name,
                i,
                place,
            )
            for i, (name, place) in enumerate(zip(each.columns, places, strict=True), 1)
        ]
    return rows


def check_clauses(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.check_constraints, those of domains too."""
    of_tables = [
        (each.table.schema, each.name, bracketed(each.made.text))
        for each in constraints_in(snapshot)
        if isinstance(each.made, CheckConstraint)
    ]
    of_domains = [
        (domain.schema, check.name, bracketed(value_shown(check.text)))
        for domain, check in _domain_checks(snapshot)
    ]
    return [(session["vql__database"], *each) for each in (*of_tables, *of_domains)]


def referential_constraints(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.referential_constraints."""
    database = session["vql__database"]
    return [
        (database, each.table.schema, each.name, database, _schema_of(each.made, snapshot),
         referenced_index(each.made, snapshot).name, "FULL" if each.made.is_full else "NONE",
         each.made.on_update.upper(), each.made.on_delete.upper())
        for each in constraints_in(snapshot)
        if isinstance(each.made, ForeignKey)
    ]  # fmt: skip


def _schema_of(key: ForeignKey, snapshot: Snapshot) -> str:
    return snapshot.tables_by_id[key.referenced_id].schema


def columns_used(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.constraint_column_usage."""
    database = session["vql__database"]
    rows: list[Row] = []
    for each in constraints_in(snapshot):
        table, columns = each.table, each.columns
        if isinstance(each.made, ForeignKey):
            table = snapshot.tables_by_id[each.made.referenced_id]
            columns = [table.columns[table.place_of(number)].name for number in each.made.referenced]
        rows += [
            (database, table.schema, table.name, name, database, each.table.schema, each.name)
            for name in columns
        ]
    return rows


def tables_used(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return information_schema.constraint_table_usage: of keys their tables, of references those referred to."""
    database = session["vql__database"]
    rows: list[Row] = []
    for each in constraints_in(snapshot):
        if isinstance(each.made, CheckConstraint):
            continue
        table = each.table
        if isinstance(each.made, ForeignKey):
            table = snapshot.tables_by_id[each.made.referenced_id]
        rows.append((database, table.schema, table.name, database, each.table.schema, each.name))
    return rows
