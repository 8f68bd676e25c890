"""CREATE, ALTER and DROP TYPE in a session.

A column says what its type is, labels or fields, so that who changes a type, or a table whose rows are one,
defines anew what has columns of it; what they hold stays as it is: ids of labels, fields by their numbers.
Who changes a type has its lock alone, and those of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vql import schema
from vql.errors import (
    DependentObjects,
    DuplicateColumn,
    DuplicateObject,
    InvalidParameterValue,
    NotSupportedError,
    ProgrammingError,
    UndefinedColumn,
    UndefinedObject,
    UndefinedSchema,
    WrongObjectType,
)
from vql.functions.text.formatting import quote_ident, quote_literal
from vql.language import ast
from vql.language.parser import parse_expression
from vql.naming import find_object
from vql.routines import RangeDefinition
from vql.session.objects.schemas import (
    Path,
    cascaded,
    enter_schema,
    name_to_make,
    still_needed,
    table_shown,
)
from vql.session.results import Notice, Result
from vql.storage.columns.column import Column
from vql.storage.locks.modes import RelationLock
from vql.storage.transactions.transaction import Transaction
from vql.typed import id_of
from vql.types.arrays.composite import Composite
from vql.types.type import BASE_TYPES, Domain, Type, check_no_pseudo_type, type_named

LABEL_BYTES_MAX = 63
# Drops a column of a table, with what is made of it.
Made = schema.NamedType
DropColumn = Callable[[schema.Table, str], object]


def create_enum(statement: ast.CreateEnum, transaction: Transaction, path: Path) -> Result:
    """Run CREATE TYPE ... AS ENUM. Raises 42710, 3F000, 42602, 23505."""
    name = name_to_make(statement.name, transaction, path, statement.span)
    if transaction.view().has_relation(name):
        raise DuplicateObject(f'type "{name[1]}" already exists')
    for place, label in enumerate(statement.labels):
        _check_label(label)
        if label in statement.labels[:place]:
            raise ProgrammingError(
                'duplicate key value violates unique constraint "pg_enum_typid_label_index"', sqlstate="23505"
            )
    type_id, array_id = transaction.new_object_id(), transaction.new_object_id()
    labels = tuple((transaction.new_object_id(), label) for label in statement.labels)
    transaction.define(type_id, schema.Enum(type_id, array_id, name[1], labels, name[0]))
    return Result("CREATE TYPE")


def _check_label(label: str) -> None:
    if len(label.encode()) > LABEL_BYTES_MAX:
        raise ProgrammingError(
            f'invalid enum label "{label}"', sqlstate="42602",
            detail=f"Labels must be {LABEL_BYTES_MAX} bytes or less.",
        )  # fmt: skip


def create_row_type(statement: ast.CreateRowType, transaction: Transaction, path: Path) -> Result:
    """Run CREATE TYPE ... AS (...). Raises 42710, 3F000, 42701, 42704, 42P16."""
    name = name_to_make(statement.name, transaction, path, statement.span)
    if transaction.view().has_relation(name):
        raise DuplicateObject(f'type "{name[1]}" already exists')
    made = schema.RowType(transaction.new_object_id(), name[1], (), name[0])
    for attribute in statement.attributes:
        made = _with_attribute(made, attribute)
    transaction.define(made.relation_id, made)
    return Result("CREATE TYPE")


def _with_attribute(found: schema.RowType, attribute: ast.Attribute) -> schema.RowType:
    name = attribute.name
    if any(column.name == name for column in found.columns):
        raise DuplicateColumn(f'column "{name}" specified more than once')
    column = schema.Column(
        name, _attribute_type(attribute), number=found.next_number, dimensions=attribute.type.dimensions
    )
    return replace(found, columns=(*found.columns, column), next_number=found.next_number + 1)


def _attribute_type(attribute: ast.Attribute | ast.RetypeAttribute) -> Type:
    """Return the type of a field. Raises 42704, 42P16."""
    type_ = type_named(attribute.type.name, attribute.type.modifiers)
    check_no_pseudo_type(attribute.name, type_)
    if not type_.is_storable or type_.domain is not None:
        raise NotSupportedError(f"fields of type {type_.formatted()} are not supported yet")
    return type_


def alter_row_type(statement: ast.AlterRowType, transaction: Transaction, path: Path) -> Result:
    """Run ALTER TYPE of a composite type. Raises 42704, 42701, 42703, 42P16, 0A000."""
    found = locked_type(statement.name, transaction, path)
    if not isinstance(found, schema.RowType):
        raise WrongObjectType(f'"{found.name}" is not a composite type')
    made, notices = found, list[Notice]()
    for action in statement.actions:
        if isinstance(action, ast.Attribute):
            if any(column.name == action.name for column in made.columns):
                raise DuplicateColumn(f'column "{action.name}" of relation "{made.name}" already exists')
            made = _with_attribute(made, action)
            if is_made_with(made.columns[-1].type, made.type):
                raise ProgrammingError(
                    f"composite type {made.name} cannot be made a member of itself", sqlstate="42P16"
                )
            continue
        column = next((column for column in made.columns if column.name == action.name), None)
        if column is None:
            missing = f'column "{action.name}" of relation "{made.name}" does not exist'
            if isinstance(action, ast.DropAttribute) and action.if_exists:
                notices.append(Notice(f"{missing}, skipping"))
                continue
            if isinstance(action, ast.RenameAttribute):
                missing = f'column "{action.name}" does not exist'
            raise UndefinedColumn(missing)
        made = _altered(action, column, made, transaction)
    transaction.define(made.relation_id, made)
    follow_type(found.type, made.type, transaction)
    return Result("ALTER TYPE", notices=tuple(notices))


def _altered(
    action: ast.DropAttribute | ast.RetypeAttribute | ast.RenameAttribute,
    column: schema.Column,
    found: schema.RowType,
    transaction: Transaction,
) -> schema.RowType:
    """Return a composite type without a field, or with another type or name of one."""
    match action:
        case ast.DropAttribute():
            kept = tuple(each for each in found.columns if each is not column)
            return replace(found, columns=kept)
        case ast.RenameAttribute(new_name=new_name):
            if any(each.name == new_name for each in found.columns):
                raise DuplicateColumn(f'column "{new_name}" of relation "{found.name}" already exists')
            made = replace(column, name=new_name)
        case ast.RetypeAttribute():
            made = replace(column, type=_attribute_type(action))
            for table, used in columns_with(found.type, transaction):
                where = f'"{table.name}.{used.name}"'
                raise NotSupportedError(f'cannot alter type "{found.name}" because column {where} uses it')
    return replace(found, columns=tuple(made if each is column else each for each in found.columns))


def is_made_with(type_: Type, part: Type) -> bool:
    """Whether a type is another one, an array of it, or has a field of it at any depth."""
    if part.domain is not None:
        return type_.domain is not None and type_.domain.type_id == part.domain.type_id
    if type_.made is None or part.made is None:
        return False
    if type_.made.type_id == part.made.type_id:
        return True
    return isinstance(type_.made, Composite) and any(is_made_with(f.type, part) for f in type_.made.fields)


def _followed(type_: Type, old: Type, new: Type) -> Type:
    """Return a type with another one in the place of one it contains."""
    if not is_made_with(type_, old):
        return type_
    if old.domain is not None:
        return replace(type_, domain=new.domain)
    assert type_.made is not None and old.made is not None, "it contains one that somebody made"
    if type_.made.type_id == old.made.type_id:
        return new.array if type_.is_array else new
    assert isinstance(type_.made, Composite), "it has fields"
    fields = tuple(replace(field, type=_followed(field.type, old, new)) for field in type_.made.fields)
    return replace(type_, made=replace(type_.made, fields=fields))


def follow_type(old: Type, new: Type, transaction: Transaction) -> None:
    """Define anew what has columns of a type that has changed."""
    if old == new and old.domain == new.domain:
        return
    for found in list(transaction.view().objects()):
        if not isinstance(found, schema.Table | schema.View | schema.RowType):
            continue
        columns = tuple(_moved(column, _followed(column.type, old, new)) for column in found.columns)
        if not any(is_made_with(column.type, old) for column in found.columns):
            continue
        match found:
            case schema.Table():
                transaction.alter_table(replace(found, columns=columns))
            case schema.View():
                transaction.define(found.view_id, replace(found, columns=columns))
            case schema.RowType():
                transaction.define(found.relation_id, replace(found, columns=columns))


def _moved(column: schema.Column, type_: Type) -> schema.Column:
    """Return a column with a type that has got other labels or fields, or other names of them; its default
    and what rows from before it have are texts that follow."""
    if column.type == type_ or column.missing is None and column.default is None:
        return replace(column, type=type_)

    def text_now(text: str) -> str:
        kept = Column.from_values(column.type, [column.type.from_text(text)]).retyped(type_)
        return str(type_.to_text(kept.values()[0]))

    default, missing = column.default, column.missing
    match default and parse_expression(default):
        case (
            ast.Literal(kind="string", value=str() as value)
            | ast.Cast(operand=ast.Literal(kind="string", value=str() as value))
        ):
            default = str(default).replace(quote_literal(value), quote_literal(text_now(value)), 1)
    return replace(
        column, type=type_, default=default, missing=None if missing is None else text_now(missing)
    )


def columns_with(type_: Type, transaction: Transaction) -> list[tuple[schema.Table, schema.Column]]:
    """Return the columns of tables whose type is another one, or contains it."""
    return [
        (table, column)
        for table in transaction.view().tables.values()
        for column in table.columns
        if is_made_with(column.type, type_)
    ]


def _fields_with(type_: Type, transaction: Transaction) -> list[tuple[schema.RowType, schema.Column]]:
    """Return the fields of composite types that are of another type, or arrays of it."""
    return [
        (found, column)
        for found in transaction.view().others.values()
        if isinstance(found, schema.RowType)
        for column in found.columns
        if _is_of(column, type_)
    ]


def alter_type(
    statement: ast.RenameType | ast.AlterTypeOwner, transaction: Transaction, path: Path
) -> Result:
    """Run ALTER TYPE ... RENAME TO, SET SCHEMA and OWNER TO. Raises 42704, 42710, 3F000."""
    found = locked_type(statement.name, transaction, path)
    if statement.is_domain and not isinstance(found, Domain):
        raise WrongObjectType(f"{found.name} is not a domain")
    tag = "ALTER DOMAIN" if statement.is_domain else "ALTER TYPE"
    match statement:
        case ast.RenameType(new_name=new_name):
            made = replace(found, name=new_name)
        case ast.AlterTypeOwner(action=ast.SetSchema(schema=name)):
            enter_schema(name, transaction)
            made = replace(found, schema=name)
        case ast.AlterTypeOwner(action=ast.ChangeOwner()):
            return Result(tag)
    if made.qualified != found.qualified and transaction.view().has_relation(made.qualified):
        where = f' in schema "{made.schema}"' if made.schema != found.schema else ""
        raise DuplicateObject(f'type "{made.name}" already exists{where}')
    transaction.define(id_of(made), made)
    follow_type(found.type, made.type, transaction)
    if isinstance(made, RangeDefinition) and made.name != found.name:
        _rename_in_pair(made, transaction)
    return Result(tag)


def _rename_in_pair(made: RangeDefinition, transaction: Transaction) -> None:
    """Let the multirange type of a range type know its name, or the other way round."""
    pair = transaction.view().definition(made.parts.pair[1])
    assert isinstance(pair, RangeDefinition), "one goes with the other"
    changed = replace(pair, parts=made.parts.paired(made.name))
    transaction.define(changed.type_id, changed)
    follow_type(pair.type, changed.type, transaction)


def alter_enum(statement: ast.AddLabel | ast.RenameLabel, transaction: Transaction, path: Path) -> Result:
    """Run ALTER TYPE of an enumeration: another label, or another name of one. Raises 42704, 42710, 22023."""
    found = locked_type(statement.name, transaction, path)
    if not isinstance(found, schema.Enum):
        raise WrongObjectType(f'"{found.name}" is not an enum')
    match statement:
        case ast.RenameLabel(label=label, new_label=new_label):
            _check_label(new_label)
            _place_of(label, found)
            if any(each == new_label for _, each in found.labels):
                raise DuplicateObject(f'enum label "{new_label}" already exists')
            labels = tuple((number, new_label if each == label else each) for number, each in found.labels)
            made = replace(found, labels=labels)
        case ast.AddLabel():
            _check_label(statement.label)
            if any(each == statement.label for _, each in found.labels):
                text = f'enum label "{statement.label}" already exists'
                if not statement.if_not_exists:
                    raise DuplicateObject(text)
                notice = Notice(f"{text}, skipping", sqlstate="42710")
                return Result("ALTER TYPE", notices=(notice,))
            made = replace(found, labels=_with_label(statement, found, transaction.new_object_id()))
    transaction.define(found.type_id, made)
    follow_type(found.type, made.type, transaction)
    return Result("ALTER TYPE")


def _with_label(statement: ast.AddLabel, found: schema.Enum, number: int) -> tuple[tuple[int, str], ...]:
    place = len(found.labels)
    if statement.neighbour is not None:
        place = _place_of(statement.neighbour, found) + (not statement.is_before)
    return (*found.labels[:place], (number, statement.label), *found.labels[place:])


def _place_of(label: str, found: schema.Enum) -> int:
    """Return the place of a label. Raises 22023."""
    labels = [each for _, each in found.labels]
    if label not in labels:
        raise InvalidParameterValue(f'"{label}" is not an existing enum label')
    return labels.index(label)


def drop_types(statement: ast.DropType, transaction: Transaction, path: Path, drop: DropColumn) -> Result:
    """Run DROP TYPE and DROP DOMAIN. Raises 42704, 2BP01."""
    word = "DROP DOMAIN" if statement.is_domain else "DROP TYPE"
    notices: list[Notice] = []
    for name in statement.names:
        shown = ".".join(name)
        if statement.if_exists and _find(name, transaction, path) is None:
            view = transaction.view()
            if len(name) > 1 and view.find_schema(name[-2]) is None:
                notices.append(Notice(f'schema "{name[-2]}" does not exist, skipping'))
            else:
                notices.append(Notice(f'type "{shown}" does not exist, skipping'))
            continue
        found = locked_type(name, transaction, path, True, statement.is_domain)
        if statement.is_domain and not isinstance(found, Domain):
            raise WrongObjectType(f'"{shown}" is not a domain')
        for each in _with_pair(found, transaction):
            type_shown = f"type {table_shown(each)}"
            notices += release_type(each.type, type_shown, transaction, statement.cascade, drop)
            transaction.define(id_of(each), None)
    return Result(word, notices=tuple(notices))


def _with_pair(found: Made, transaction: Transaction) -> list[Made]:
    """Return a type to be dropped, and the multirange type that goes with it. Raises 2BP01 of such a one."""
    if not isinstance(found, RangeDefinition):
        return [found]
    name, pair = found.parts.pair[0], transaction.view().definition(found.parts.pair[1])
    if found.parts.is_multi:
        text = f"cannot drop type {found.name} because type {name} requires it"
        raise DependentObjects(text, hint=f"You can drop type {name} instead.")
    return [found, *([pair] if isinstance(pair, RangeDefinition) else [])]


def release_type(
    type_: Type, shown: str, transaction: Transaction, cascade: bool, drop: DropColumn
) -> list[Notice]:
    """Drop the columns and fields of a type that goes. Raises 2BP01 where there are some, and it does not
    `cascade`."""
    view = transaction.view()
    columns = [
        (table, column)
        for table in view.tables.values()
        for column in table.columns
        if _is_of(column, type_) and table.type != type_
    ]
    fields = _fields_with(type_, transaction)
    told = [f"column {quote_ident(c.name)} of table {table_shown(table)}" for table, c in columns]
    told += [f"column {quote_ident(c.name)} of composite type {table_shown(found)}" for found, c in fields]
    if told and not cascade:
        raise still_needed([shown], [(who, shown.replace("table ", "type ", 1)) for who in told])
    for table, column in columns:
        drop(table, column.name)
    for found, column in fields:
        made = replace(found, columns=tuple(each for each in found.columns if each != column))
        transaction.define(found.relation_id, made)
        follow_type(found.type, made.type, transaction)
    return cascaded(told)


def _find(name: Sequence[str], transaction: Transaction, path: Path) -> Made | None:
    found = find_object(transaction.view().others, name, path)
    return found if isinstance(found, Made) else None


def locked_type(
    name: tuple[str, ...],
    transaction: Transaction,
    path: Path,
    is_dropped: bool = False,
    is_domain: bool = False,
) -> Made:
    """Return a type once it is nobody else's. Raises 42704, 2BP01, 42809."""
    found = _find(name, transaction, path)
    shown = ".".join(name)
    if found is None:
        if name[-1] in BASE_TYPES:
            raise ProgrammingError(
                f"cannot drop type {shown} because it is required by the database system", sqlstate="2BP01"
            )
        if len(name) > 1 and transaction.view().find_schema(name[-2]) is None:
            raise UndefinedSchema(f'schema "{name[-2]}" does not exist')
        if find_object(transaction.view().tables, name, path) is not None:
            if is_domain:
                raise WrongObjectType(f'"{shown}" is not a domain')
            if is_dropped:
                what = f"cannot drop type {shown} because table {shown} requires it"
                raise DependentObjects(what, hint=f"You can drop table {shown} instead.")
            raise WrongObjectType(f"{shown} is a table's row type", hint="Use ALTER TABLE instead.")
        raise UndefinedObject(f'type "{shown}" does not exist')
    transaction.lock(id_of(found), RelationLock.ACCESS_EXCLUSIVE)
    found = _find(name, transaction, path)
    if found is None:
        raise UndefinedObject(f'type "{shown}" does not exist')
    for table, _ in columns_with(found.type, transaction):
        transaction.lock(table.table_id, RelationLock.ACCESS_EXCLUSIVE)
    again = _find(name, transaction, path)
    assert again is not None, "its lock is held"
    return again


def _is_of(column: schema.Column, type_: Type) -> bool:
    """Whether a column is of a type that somebody made, or of arrays of it."""
    if type_.domain is not None:
        return is_made_with(column.type, type_)
    made = column.type.made
    return made is not None and type_.made is not None and made.type_id == type_.made.type_id
