"""Names: which column or relation one means at a place in a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace

from vql.dataclass import dataclass
from vql.errors import AmbiguousColumn, NotSupportedError, ProgrammingError, UndefinedColumn, UndefinedTable
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import RECORD
from vql.language.analyze.values.records import row_fields
from vql.naming import SYSTEM_COLUMNS, column_meant
from vql.types.type import Type

TABLE_OID = tree.OutputColumn("tableoid", "tableoid", Type("oid"), is_system=True)
# What the keys of rows that are locked are called, which a query carries behind its columns.
KEY = "vql__key"
XMAX = tree.OutputColumn("xmax", "xmax", Type("xid"), is_system=True)

Relation = tuple[str, tuple[tree.OutputColumn, ...]]


@dataclass(frozen=True, slots=True)
class Merged:
    """A column of a join that USING or NATURAL names, and the relations that have it no more of their own."""

    name: str
    value: tree.Expr
    relations: frozenset[str]


@dataclass(slots=True)
class Scope:
    """The relations that names may mean at one place, within those of the queries around it."""

    outer: Scope | None = None
    items: list[tuple[str, tuple[tree.OutputColumn, ...]]] = field(default_factory=list)
    # Columns that USING or NATURAL has merged: they are found before those of the relations.
    merged: list[Merged] = field(default_factory=list)
    # Relations on a side of an outer join that may have no row.
    nullable: set[str] = field(default_factory=set)
    common: dict[str, tuple[tree.OutputColumn, ...]] = field(default_factory=dict)
    # Relations whose rows are values: those of a function of one column.
    values: set[str] = field(default_factory=set)
    # Tables that are called by their own names: that name, and the schema.
    tables: dict[str, tuple[str, str]] = field(default_factory=dict)
    # Tables, whatever they are called here: those that PostgreSQL gives columns of the system.
    stored: set[str] = field(default_factory=set)
    # Columns of relations that the query does not name.
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # The types of the rows of relations that have one.
    row_types: dict[str, Type] = field(default_factory=dict)

    def add(self, alias: str, columns: tuple[tree.OutputColumn, ...], schema: str = "") -> str:
        """Take in a relation, one of a `schema` under its own name, and return what it is called here: of
        several tables of one name only the first is called that. Raises 42712 where its name is taken."""
        called = alias
        if any(alias == known for known, _ in self.items):
            called = f"{schema}.{alias}"
            homonym = self.tables.get(alias)
            if not schema or homonym in (None, (alias, schema)) or called in self.tables:
                raise ProgrammingError(f'table name "{alias}" specified more than once', sqlstate="42712")
        if schema:
            self.tables[called] = (alias, schema)
        self.items.append((called, columns))
        return called

    def _called(self, parts: Sequence[str], position: int) -> str:
        """Return the relation of this level that a name says, "" where it says none. Raises 42P09."""
        name = parts[-2]
        homonyms = [called for called, known in self.tables.items() if known[0] == name]
        if len(parts) > 2:
            return next((called for called in homonyms if self.tables[called][1] == parts[-3]), "")
        if len(homonyms) > 1:
            text = f'table reference "{name}" is ambiguous'
            raise ProgrammingError(text, sqlstate="42P09", position=position)
        return name

    def relations(self) -> frozenset[str]:
        """Return the names of the relations of this level."""
        return frozenset(alias for alias, _ in self.items)

    def common_table(self, name: str) -> tuple[tree.OutputColumn, ...] | None:
        """Return the columns of a query of WITH."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.common:
                return scope.common[name]
            scope = scope.outer
        return None

    def common_names(self) -> frozenset[str]:
        """Return the names of all queries of WITH."""
        around = self.outer.common_names() if self.outer is not None else frozenset[str]()
        return around | self.common.keys()

    def column(self, node: ast.Name) -> tree.Expr | None:
        """Return what a name means: None where it is no column, but may be a relation. Raises 42703, 42702,
        42P01."""
        parts, position = node.parts, node.span[0] + 1
        scope: Scope | None = self
        while scope is not None:
            found = scope._here(parts, position, node.span)
            if found is not None:
                return found
            scope = scope.outer
        if len(parts) == 1:
            if self.relation(parts[0]) is not None:
                return None
            self._refuse_system_column(parts[0], lambda scope: bool(scope.stored), position)
            text = f'column "{parts[0]}" does not exist'
            raise UndefinedColumn(text, position=position, hint=self._meant(parts))
        known = self.relation(parts[-2])
        if known is None:
            raise UndefinedTable(f'missing FROM-clause entry for table "{parts[-2]}"', position=position)
        if len(parts) > 2 and any(c.name == parts[-1] for c in known):
            text = f'invalid reference to FROM-clause entry for table "{parts[-2]}"'
            raise UndefinedTable(text, position=position)
        self._refuse_system_column(parts[-1], lambda scope: parts[-2] in scope.stored, position)
        text = f"column {'.'.join(parts)} does not exist"
        raise UndefinedColumn(text, position=position, hint=self._meant(parts))

    def _meant(self, parts: Sequence[str]) -> str | None:
        """Return the hint of a column that there is not."""
        relations: list[tuple[str, list[str]]] = []
        scope: Scope | None = self
        while scope is not None:
            for alias, columns in scope.items:
                names = [column.name for column in columns if not column.is_system]
                relations.append((alias, [*names, *scope.unread.get(alias, ())]))
            scope = scope.outer
        return column_meant(parts, relations)

    def _refuse_system_column(self, name: str, has_it: Callable[[Scope], bool], position: int) -> None:
        """Raise 0A000 where a name is that of a column which only PostgreSQL has for a relation."""
        scope: Scope | None = self if name in SYSTEM_COLUMNS else None
        while scope is not None:
            if has_it(scope):
                text = f'the system column "{name}" is not supported yet'
                raise NotSupportedError(text, position=position)
            scope = scope.outer

    def offered(self, value: tree.Expr) -> tree.OutputColumn | None:
        """Return the column of this level that a value is, None for another value."""
        if not isinstance(value, tree.Var):
            return None
        columns = next((columns for alias, columns in self.items if alias == value.relation), ())
        return next((column for column in columns if column.column == value.column), None)

    def named(self, parts: Sequence[str]) -> tree.Expr | None:
        """Return the column of this level that a name means, None where it means none of it."""
        return self._here(parts, 0, ast.NOWHERE)

    def relation(self, alias: str) -> tuple[tree.OutputColumn, ...] | None:
        """Return the columns of a relation by its name."""
        scope: Scope | None = self
        while scope is not None:
            for known, columns in scope.items:
                if known == alias:
                    return columns
            scope = scope.outer
        return None

    def row_type(self, alias: str) -> Type:
        """Return the type of the rows of a relation by its name: record where there is none."""
        scope: Scope | None = self
        while scope is not None and alias not in scope.relations():
            scope = scope.outer
        return RECORD if scope is None else scope.row_types.get(alias, RECORD)

    def value(self, alias: str) -> tree.Expr | None:
        """Return the row of a relation by its name, where that is a value; None for any other."""
        scope: Scope | None = self
        while scope is not None and alias not in scope.relations():
            scope = scope.outer
        if scope is None or alias not in scope.values:
            return None
        (column,) = scope.relation(alias) or ()
        return tree.Var(alias, column.column, column.type)

    def _here(self, parts: Sequence[str], position: int, span: ast.Span) -> tree.Expr | None:
        name = parts[-1]
        if len(parts) > 1:
            called = self._called(parts, position)
            found = [(a, c) for a, columns in self.items if a == called for c in columns if c.name == name]
        else:
            one = next((merged for merged in self.merged if merged.name == name), None)
            hidden = one.relations if one is not None else frozenset[str]()
            found = [
                (alias, c)
                for alias, columns in self.items if alias not in hidden
                for c in columns if c.name == name
            ]  # fmt: skip
            if one is not None and not found:
                return one.value
            found += found[:1] if one is not None else []
        if len(found) > 1:
            raise AmbiguousColumn(f'column reference "{name}" is ambiguous', position=position)
        return tree.Var(found[0][0], found[0][1].column, found[0][1].type, span) if found else None

    def side(
        self, name: str, side: str, relations: Sequence[Relation], before: Sequence[Merged]
    ) -> tree.Expr:
        """Return the column of one side of a join that USING names. Raises 42703, 42702."""
        aliases = {alias for alias, _ in relations}
        for merged in before:
            if merged.name == name and merged.relations <= aliases:
                return merged.value
        found = [(a, c) for a, columns in relations for c in columns if c.name == name and not c.is_system]
        if not found:
            raise UndefinedColumn(f'column "{name}" specified in USING clause does not exist in {side} table')
        if len(found) > 1:
            raise AmbiguousColumn(f'common column name "{name}" appears more than once in {side} table')
        alias, column = found[0]
        return tree.Var(alias, column.column, column.type)

    def merge(self, name: str, value: tree.Expr, relations: Sequence[Relation]) -> None:
        """Make one column of those of a name on both sides of a join."""
        aliases = frozenset(alias for alias, _ in relations)
        self.merged = [one for one in self.merged if one.name != name or not one.relations <= aliases]
        self.merged.append(Merged(name, value, aliases))

    def star(self, alias: str | None, span: ast.Span) -> Iterator[tuple[str, tree.Expr]]:
        """Yield the columns of `*` or `alias.*`, by name. Raises 42601, 42P01."""
        position = span[0] + 1
        if alias is not None:
            columns = self.relation(alias)
            if columns is None:
                raise UndefinedTable(f'missing FROM-clause entry for table "{alias}"', position=position)
            yield from ((c.name, tree.Var(alias, c.column, c.type, span)) for c in columns if not c.is_system)
            return
        if not self.items:
            raise ProgrammingError(
                "SELECT * with no tables specified is not valid", sqlstate="42601", position=position
            )
        shown: set[str] = set()
        for merged in self.merged:
            shown.add(merged.name)
            yield merged.name, merged.value
        hidden = {(alias, merged.name) for merged in self.merged for alias in merged.relations}
        for known, columns in self.items:
            for c in columns:
                if not c.is_system and (known, c.name) not in hidden:
                    yield c.name, tree.Var(known, c.column, c.type, span)


def of_system(oid: int) -> tuple[tuple[tree.OutputColumn, int], ...]:
    """Return the columns of the system of a relation with an OID, and what all of its rows have there: those
    that are seen are deleted by no transaction."""
    return (TABLE_OID, oid), (XMAX, 0)


def unique_columns(names: Sequence[str], types: Sequence[Type]) -> tuple[tree.OutputColumn, ...]:
    """Return output columns of these names; those that come twice are told apart by a number."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}  # the last of each name: those before it are taken
    found = []
    for name, type_ in zip(names, types, strict=True):
        column, number = name, numbers.get(name, 1)
        while column.lower() in taken:
            number += 1
            column = f"{name}:{number}"
        numbers[name] = number
        taken.add(column.lower())
        found.append(tree.OutputColumn(name, column, type_))
    return tuple(found)


def of_view(columns: Sequence[tree.OutputColumn], view_id: int) -> tuple[tree.OutputColumn, ...]:
    """Return columns as those of a view, of no table where its id is 0."""
    if not view_id:
        return without_origin(columns)
    return tuple(replace(column, origin=(view_id, number)) for number, column in enumerate(columns, 1))


def without_origin(columns: Sequence[tree.OutputColumn]) -> tuple[tree.OutputColumn, ...]:
    """Return columns as those of no table."""
    return tuple(replace(column, origin=(0, 0)) for column in columns)


def aliased_columns(
    columns: Sequence[tree.OutputColumn], names: Sequence[str], alias: str
) -> tuple[tree.OutputColumn, ...]:
    """Return columns under the names an alias gives to the first of them. Raises 42P10."""
    if len(names) > len(columns):
        raise ProgrammingError(
            f'table "{alias}" has {len(columns)} columns available but {len(names)} columns specified',
            sqlstate="42P10",
        )
    if not names:
        return tuple(columns)
    all_names = [*names, *(column.name for column in columns[len(names) :])]
    named = unique_columns(all_names, [column.type for column in columns])
    return tuple(
        replace(new, origin=column.origin, fields=column.fields)
        for new, column in zip(named, columns, strict=True)
    )


def offered(target: tree.Target, scope: Scope) -> tree.OutputColumn:
    """Return what a query offers by a target."""
    value = target.expression
    source = scope.offered(value)
    fields = () if source is None else source.fields
    if value.type == RECORD and not fields:
        fields = tuple((name, field.type) for name, field in row_fields(value))
    origin = target.origin or ((0, 0) if source is None else source.origin)
    return tree.OutputColumn(target.name, target.column, value.type, origin=origin, fields=fields)
