"""ALTER TABLE: from the definition of a table to the next one, and what its rows need for that. Pure.

Most actions change the definition alone. A column that is added with a value that is the same for all rows
is written down with it (`schema.Column.missing`); with another one, or where a type changes, every row is
written anew. A column whose type changes gets another id, unless all its values are right as they are
stored: what is stored under the old one stays readable
AS OF earlier, as what it was.

Actions are done in PostgreSQL's order, not in that of the statement: what is dropped goes first, then types
change, columns come, and the rest follows. Values are computed from the rows as they were before all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from vql import schema
from vql.dataclass import dataclass
from vql.errors import (
    DatatypeMismatch,
    DependentObjectsStillExist,
    DuplicateColumn,
    Error,
    InvalidParameterValue,
    NotSupportedError,
    ObjectNotInPrerequisiteState,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedObject,
    WrongObjectType,
)
from vql.language import ast
from vql.language.bind.definitions.computed import columns_read, generated_of, retyped
from vql.language.bind.definitions.constraints import check_of, foreign_key_of, recheck
from vql.language.bind.definitions.defined_values import check_default_apart, row_value
from vql.language.bind.definitions.renames import check_free, renamed
from vql.language.bind.definitions.tables import (
    check_column_names,
    check_expiry,
    check_key,
    check_one_default,
    constraints_of,
    defined_column,
    index_of_key,
    table_options,
    with_generation,
    with_persistence,
)
from vql.language.bind.names import Tables
from vql.language.parser import parse_expression
from vql.types.opclasses import opclass_of
from vql.types.type import UNKNOWN, Type

DROPS, TYPES, ADDS, ATTRIBUTES, OTHERS = range(5)


@dataclass(frozen=True, slots=True)
class Altered:
    """What ALTER TABLE makes of a table.

    `table` has ids for its new columns. By column id: `values` are computed from each row as it was,
    `constants` once for all. By the names of columns: the options of the `new_sequences` that they are to
    have, and other ones of those they have. `required` may be NULL in no row, which is not known yet.
    `rewrites` says whether rows are written anew.
    """

    table: schema.Table
    values: Mapping[int, ast.Expression]
    constants: Mapping[int, ast.Expression]
    new_sequences: Mapping[str, Mapping[str, object]]
    sequence_options: Mapping[str, Mapping[str, object]]
    required: Sequence[int]
    rewrites: bool
    notices: Sequence[tuple[str, str]]  # with their SQLSTATEs


def altered(table: schema.Table, actions: Sequence[ast.Alteration], tables: Tables) -> Altered:
    """Return what the actions of a statement make of a table. Raises 42xxx, 22xxx, 0A000, 55000."""
    alteration = _Alteration(table, tables)
    for action in sorted(actions, key=_turn):
        alteration.apply(action)
    return alteration.result()


def _turn(action: ast.Alteration) -> int:
    match action:
        case ast.DropColumn() | ast.AlterDefault(default=None) | ast.AlterNotNull(not_null=False):
            return DROPS
        case ast.DropIdentity() | ast.DropConstraint() | ast.DropExpression():
            return DROPS
        case ast.AlterType():
            return TYPES
        case ast.AddColumn():
            return ADDS
        case ast.AlterNotNull() | ast.AlterIdentity():
            return ATTRIBUTES
    return OTHERS


@dataclass(slots=True)
class _Alteration:
    """A table on its way from `before`, action by action."""

    before: schema.Table
    tables: Tables
    table: schema.Table = field(init=False)
    values: dict[int, ast.Expression] = field(default_factory=dict)
    constants: dict[int, ast.Expression] = field(default_factory=dict)
    new_sequences: dict[str, dict[str, object]] = field(default_factory=dict)
    sequence_options: dict[str, dict[str, object]] = field(default_factory=dict)
    required: list[int] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    rewrites: bool = False

    def __post_init__(self) -> None:
        self.table = self.before

    def result(self) -> Altered:
        """Return what has become of the table."""
        return Altered(
            check_expiry(self.table), self.values, self.constants, self.new_sequences, self.sequence_options,
            self.required, self.rewrites, self.notices,
        )  # fmt: skip

    def apply(self, action: ast.Alteration) -> None:
        """Do one action."""
        match action:
            case ast.AddColumn():
                self._add(action)
            case ast.DropColumn():
                self._drop(action)
            case ast.AddConstraint(constraint=constraint):
                self._add_constraint(constraint)
            case ast.ValidateConstraint(name=name):
                self._validate(name)
            case ast.DropConstraint():
                self._drop_constraint(action)
            case ast.AlterType():
                self._retype(action)
            case ast.AlterDefault():
                self._default(action)
            case ast.AlterNotNull(column=name, not_null=True):
                self._require(self._column(name))
            case ast.AlterNotNull(column=name):
                self._allow_null(self._column(name))
            case ast.DropExpression():
                self._generated(action)
            case ast.AddIdentity() | ast.AlterIdentity() | ast.DropIdentity():
                self._identity(action)
            case ast.SetColumnOption(column=name):
                self._column(name)
            case ast.AlterOptions(options=options, removed=removed):
                given = dict(self.table.options) | dict(table_options(options))
                kept = tuple((name, value) for name, value in given.items() if name not in removed)
                self.table = replace(self.table, options=kept)
            case ast.SetLogged(is_logged=is_logged):
                self.table = with_persistence(self.table, is_logged)
            case ast.SetRowSecurity(is_enabled=enabled, is_forced=forced):
                before = self.table
                self.table = replace(
                    before,
                    has_row_security=before.has_row_security if enabled is None else enabled,
                    forces_row_security=before.forces_row_security if forced is None else forced,
                )
            case ast.RenameColumn(column=name, name=new):
                self.table = renamed(self.table, name, new)
            case _:
                raise AssertionError(f"not of a definition: {action}")

    # -------------------------------------------------------------- columns come and go

    def _add(self, action: ast.AddColumn) -> None:
        node = action.definition
        if self.table.column(node.name) is not None:
            text = f'column "{node.name}" of relation "{self.table.name}" already exists'
            if not action.if_not_exists:
                raise DuplicateColumn(text)
            self.notices.append((f"{text}, skipping", "42701"))
            return
        check_free(self.table, node.name)
        column = defined_column(node)
        self.table = replace(self.table, columns=(*self.table.columns, column)).numbered()
        check_column_names([column.name for column in self.table.columns])
        column = self.table.columns[-1]
        if node.generated is not None:
            self.table, self.rewrites = with_generation(self.table, node), True
        elif node.identity:
            check_one_default(node, self.table.name)
            self.rewrites, self.new_sequences[column.name] = True, dict(node.options)
        elif column.value_by_default is not None:
            value = check_default_apart(node.default or parse_expression(column.value_by_default), column)
            if value.is_volatile:
                self.values[column.column_id], self.rewrites = value.expression, True
            else:
                self.constants[column.column_id] = value.expression
        if column.not_null:
            self.required.append(column.column_id)
        for constraint in constraints_of((node,)):
            self._add_constraint(constraint)

    # -------------------------------------------------------------- constraints

    def _add_constraint(self, node: ast.Constraint) -> None:
        match node:
            case ast.Key():
                self._key(node)
            case ast.ForeignKeyDefinition():
                reference = foreign_key_of(node, self.table, self.tables)
                self.table = replace(self.table, foreign_keys=(*self.table.foreign_keys, reference))
            case ast.CheckDefinition():
                made = check_of(node, self.table)
                self.table = replace(self.table, checks=(*self.table.checks, made))

    def _validate(self, name: str) -> None:
        """Have the rows there are looked at, where that has not been done."""
        table = self.table
        if name not in {*(c.name for c in table.checks), *(key.name for key in table.foreign_keys)}:
            if name in table.constraint_names:
                what = f'cannot validate constraint "{name}" of relation "{table.name}"'
                raise WrongObjectType(
                    what, detail="This operation is not supported for this type of constraint."
                )
            raise UndefinedObject(f'constraint "{name}" of relation "{table.name}" does not exist')
        checks = [replace(c, is_validated=True) if c.name == name else c for c in table.checks]
        keys = [replace(k, is_validated=True) if k.name == name else k for k in table.foreign_keys]
        self.table = replace(table, checks=tuple(checks), foreign_keys=tuple(keys))

    def _key(self, key: ast.Key) -> None:
        """Give the table a primary key or a unique one."""
        for name in key.columns:
            self._column(name)
        made = index_of_key(key, self.table.columns)
        index = replace(made, table_id=self.table.table_id)
        if not key.is_primary:
            self.table = replace(self.table, indexes=(*self.table.indexes, index))
            return
        if self.table.primary_key:
            raise ProgrammingError(
                f'multiple primary keys for table "{self.table.name}" are not allowed', sqlstate="42P16"
            )
        for name in key.columns:
            self._require(self._column(name))
        self.table = replace(self.table, primary_key=key.columns, indexes=(index, *self.table.indexes))

    def _drop_constraint(self, action: ast.DropConstraint) -> None:
        table, name = self.table, action.name
        if name not in table.constraint_names:
            text = f'constraint "{name}" of relation "{table.name}" does not exist'
            if not action.if_exists:
                raise UndefinedObject(text)
            self.notices.append((f"{text}, skipping", "00000"))
            return
        checks = tuple(check for check in table.checks if check.name != name)
        keys = tuple(key for key in table.foreign_keys if key.name != name)
        gone = [index for index in table.indexes if index.name == name and index.is_declared]
        primary = () if any(index.primary for index in gone) else table.primary_key
        indexes = tuple(index for index in table.indexes if index not in gone)
        made = replace(table, primary_key=primary, checks=checks, foreign_keys=keys)
        self.table = made.with_indexes(indexes)

    def _drop(self, action: ast.DropColumn) -> None:
        column = self.table.column(action.column)
        if column is None:
            text = f'column "{action.column}" of relation "{self.table.name}" does not exist'
            if not action.if_exists:
                raise UndefinedColumn(text)
            self.notices.append((f"{text}, skipping", "00000"))
            return
        if len(self.table.columns) == 1:
            raise NotSupportedError("a table without columns is not supported yet")
        table, name = self.table, column.name
        for other in generated_of(table, name):
            table = self._without_generated(column, other, action.cascade)
        if name in table.primary_key:
            table = replace(table, primary_key=())
        kept = tuple(c for c in table.columns if c is not column)
        gone = {name, *(column.name for column in table.computed if name in columns_read(column.name))}
        indexes = tuple(
            index
            for index in table.indexes
            if not gone & {*index.columns, *index.included}
            and not (index.condition and name in columns_read(index.condition))
        )
        checks = tuple(check for check in table.checks if column.number not in check.numbers)
        keys = tuple(key for key in table.foreign_keys if name not in key.columns)
        made = replace(table, columns=kept, checks=checks, foreign_keys=keys)
        self.table = made.with_indexes(indexes)

    def _without_generated(
        self, column: schema.Column, other: schema.Column, is_cascade: bool
    ) -> schema.Table:
        """Return the table without a column that is computed of one that goes. Raises 2BP01 where it is to
        stay."""
        shown, read = (f"column {each.name} of table {self.table.name}" for each in (other, column))
        if not is_cascade:
            raise DependentObjectsStillExist(
                f"cannot drop {read} because other objects depend on it",
                detail=f"{shown} depends on {read}",
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
            )
        self.notices.append((f"drop cascades to {shown}", "00000"))
        self._drop(ast.DropColumn(other.name))
        return self.table

    def _retype(self, action: ast.AlterType) -> None:
        old = self._column(action.column)
        read_by = generated_of(self.table, old.name)
        if read_by:
            raise NotSupportedError(
                "cannot alter type of a column used by a generated column",
                detail=f'Column "{old.name}" is used by generated column "{read_by[0].name}".',
            )
        if old.generated and action.using is not None:
            raise ProgrammingError(
                "cannot specify USING when altering type of generated column",
                detail=f'Column "{old.name}" is a generated column.', sqlstate="42611",
                position=action.definition.span[0] + 1,
            )  # fmt: skip
        if old.column_id not in self.before.column_ids:
            raise NotSupportedError(f'cannot alter type of column "{old.name}" twice')
        defined = defined_column(action.definition)
        new, dimensions, collation = defined.type, defined.dimensions, defined.collation
        value = row_value(action.using or ast.Name((old.name,)), self.before, "transform expressions")
        if not value.may_become(new):
            if action.using is not None:
                what = f'result of USING clause for column "{old.name}"'
                hint = "You might need to add an explicit cast."
            else:
                what = f'column "{old.name}"'
                hint = f'You might need to specify "USING {old.name}::{new.formatted()}".'
            raise DatatypeMismatch(
                f"{what} cannot be cast automatically to type {new.sized(None).formatted()}", hint=hint
            )
        is_kept = new.holds(old.type) and new.domain in (None, old.type.domain)
        if is_kept and (action.using is None or value.is_of(old.name, new)):
            # What is stored under the column's id is right as it is.
            moved = self._moved_default(old, new)
            self._replace(
                old, replace(old, type=new, default=moved, dimensions=dimensions, collation=collation)
            )
            self._recompute(old.name)
            return
        if old.identity and not new.is_integer:
            raise InvalidParameterValue("identity column type must be smallint, integer, or bigint")
        made = replace(
            old, type=new, column_id=schema.NO_ID, missing=None, default=self._moved_default(old, new),
            dimensions=dimensions, collation=collation,
        )  # fmt: skip
        self._replace(old, made)
        if old.identity:
            self.sequence_options[old.name] = {"as": new.name}
        self.table = self.table.numbered()
        column_id = self.table.columns[self.table.position(old.name)].column_id
        self.rewrites = True
        if not old.generated:
            self.values[column_id] = value.as_type(new)
        if old.not_null:
            self.required.append(column_id)
        self._check_indexes(old, new)
        for check in self.table.checks:
            recheck(check, self.table)
        self._recompute(old.name)

    def _recompute(self, name: str) -> None:
        """Have the columns written anew that are computed of one whose type has changed. Raises 0A000 where
        they become of another type, of which their index is not."""
        computed = []
        for column in self.table.computed:
            if name in columns_read(column.name):
                self.rewrites, type_ = True, retyped(column, self.table)
                if type_.base is not column.type.base:
                    raise NotSupportedError(
                        f'cannot alter type of column "{name}" used by an index expression'
                    )
                column = replace(column, type=type_, column_id=schema.NO_ID)
            computed.append(column)
        self.table = replace(self.table, computed=tuple(computed)).numbered()

    def _moved_default(self, old: schema.Column, new: Type) -> str | None:
        """Return the default of a column whose type changes: what it was read as becomes one of the new
        type."""
        if old.default is None or old.type.base is new.base:
            return old.default
        value = row_value(parse_expression(old.default), None, "DEFAULT expressions")
        if not replace(value, type=old.type).may_become(new):
            raise _default_misfit(old, new)
        return f"({old.default})::{old.type.formatted()}" if value.type == UNKNOWN else old.default

    def _check_indexes(self, old: schema.Column, new: Type) -> None:
        """Raise where an index or the key of a column cannot be one of another type."""
        if old.name in self.table.primary_key:
            check_key(self.table.primary_key, self.table.columns)
        for index in self.table.indexes:
            if old.name not in index.columns or old.type.base is new.base or index.primary:
                continue
            if index.metric:
                raise DatatypeMismatch(
                    f'operator class "{opclass_of(old.type.name, index.metric)}" does not accept data type '
                    f"{new.sized(None).formatted()}"
                )
            if not new.base.is_sortable:
                what = f"data type {new.sized(None).formatted()} has no default operator class"
                raise UndefinedObject(f'{what} for access method "{index.method}"')

    # -------------------------------------------------------------- what a column is

    def _default(self, action: ast.AlterDefault) -> None:
        column = self._column(action.column)
        if column.generated:
            verb = "DROP" if action.text is None else "SET"
            raise SyntaxError(
                self._of(column, "is a generated column"),
                hint=f"Use ALTER TABLE ... ALTER COLUMN ... {verb} EXPRESSION instead.",
            )
        if column.identity:
            hint = (
                "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead." if action.text is None else None
            )
            raise SyntaxError(self._of(column, "is an identity column"), hint=hint)
        if action.default is not None:
            check_default_apart(action.default, column)
        self._replace(column, replace(column, default=action.text))

    def _generated(self, action: ast.DropExpression) -> None:
        column = self._column(action.column)
        if column.generated:
            self._replace(column, replace(column, generated=""))
            return
        text = self._of(column, "is not a generated column")
        if not action.if_exists:
            raise ObjectNotInPrerequisiteState(text)
        self.notices.append((f"{text}, skipping", "00000"))

    def _require(self, column: schema.Column) -> None:
        self._replace(column, replace(column, not_null=True))
        if not column.not_null:
            self.required.append(column.column_id)

    def _allow_null(self, column: schema.Column) -> None:
        if column.identity:
            raise SyntaxError(self._of(column, "is an identity column"))
        if column.name in self.table.primary_key:
            raise ProgrammingError(f'column "{column.name}" is in a primary key', sqlstate="42P16")
        self._replace(column, replace(column, not_null=False))

    def _identity(self, action: ast.AddIdentity | ast.AlterIdentity | ast.DropIdentity) -> None:
        column = self._column(action.column)
        match action:
            case ast.AddIdentity(identity=identity, options=options):
                if not column.type.is_integer:
                    raise InvalidParameterValue("identity column type must be smallint, integer, or bigint")
                if not column.not_null:
                    what = "must be declared NOT NULL before identity can be added"
                    raise ObjectNotInPrerequisiteState(self._of(column, what))
                if column.identity:
                    raise ObjectNotInPrerequisiteState(self._of(column, "is already an identity column"))
                if column.default is not None:
                    what = "already has a default value"
                    raise ObjectNotInPrerequisiteState(self._of(column, what))
                made = replace(column, identity=identity)
                self.new_sequences[column.name] = dict(options)
            case _ if not column.identity:
                text = self._of(column, "is not an identity column")
                if not isinstance(action, ast.DropIdentity) or not action.if_exists:
                    raise ObjectNotInPrerequisiteState(text)
                self.notices.append((f"{text}, skipping", "00000"))
                return
            case ast.DropIdentity():
                made = replace(column, identity="", sequence=0)
            case ast.AlterIdentity(identity=identity, options=options):
                made = replace(column, identity=identity or column.identity)
                self.sequence_options[column.name] = dict(options)
        self._replace(column, made)

    def _of(self, column: schema.Column, what: str) -> str:
        return f'column "{column.name}" of relation "{self.table.name}" {what}'

    def _column(self, name: str) -> schema.Column:
        column = self.table.column(name)
        if column is None:
            raise UndefinedColumn(f'column "{name}" of relation "{self.table.name}" does not exist')
        return column

    def _replace(self, old: schema.Column, new: schema.Column) -> None:
        columns = tuple(new if column is old else column for column in self.table.columns)
        self.table = replace(self.table, columns=columns)


def _default_misfit(column: schema.Column, type_: Type) -> Error:
    return DatatypeMismatch(
        f'default for column "{column.name}" cannot be cast automatically to type '
        f"{type_.sized(None).formatted()}"
    )
