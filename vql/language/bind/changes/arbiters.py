"""ON CONFLICT with its names resolved: the keys that tell whether rows meet."""

from __future__ import annotations

from vql import schema
from vql.constraints import UniqueKey
from vql.errors import (
    ObjectNotInPrerequisiteState,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedObject,
)
from vql.language import ast
from vql.language.bind.changes.implication import implies
from vql.language.bind.definitions.computed import find_computed, parsed_placeless, placeless
from vql.language.bind.names import Tables
from vql.language.bind.queries import infer
from vql.types.type import Type


def arbiters_of(
    table: schema.Table, conflict: ast.Conflict, tables: Tables, types: list[Type]
) -> tuple[UniqueKey, ...]:
    """Return the keys that tell whether rows meet. Raises where ON CONFLICT names none of the table, or
    updates without naming one, 55000 for one that is deferrable."""
    found = _keys_meant(table, conflict, tables, types)
    if any(unique.is_deferrable for unique in found):
        raise ObjectNotInPrerequisiteState(
            "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters"
        )
    return found


def _keys_meant(
    table: schema.Table, conflict: ast.Conflict, tables: Tables, types: list[Type]
) -> tuple[UniqueKey, ...]:
    if conflict.constraint is not None:
        for unique in table.unique_keys:
            if unique.name == conflict.constraint and table.is_constraint(unique):
                return (unique,)
        raise UndefinedObject(f'constraint "{conflict.constraint}" for table "{table.name}" does not exist')
    if not conflict.target:
        if not conflict.assignments:
            return table.unique_keys
        raise SyntaxError(
            "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            position=conflict.span[0] + 1,
            hint="For example, ON CONFLICT (column_name).",
        )
    positions = {_position(table, target, tables, types) for target in conflict.target}
    for unique in sorted(table.unique_keys, key=lambda unique: unique.condition >= 0):
        condition = "" if unique.condition < 0 else table.stored[unique.condition].name
        if set(unique.positions) == positions and _is_met(condition, conflict.condition, table):
            return (unique,)
    raise ProgrammingError(
        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
        sqlstate="42P10",
    )


def _is_met(condition: str, given: ast.Expression | None, table: schema.Table) -> bool:
    """Whether ON CONFLICT says the condition of a partial index, "" of one that is not partial."""
    if not condition:
        return True
    return given is not None and implies(placeless(given, table.name), parsed_placeless(condition))


def _position(table: schema.Table, target: ast.Expression, tables: Tables, types: list[Type]) -> int:
    """Return the place of a column or expression of ON CONFLICT, -1 of an expression of no index. Raises
    42703."""
    target = target.operand if isinstance(target, ast.Collate) else target
    if not isinstance(target, ast.Name):
        infer(target, tables, types, (ast.TableRef((table.name,)), table))
        return find_computed(target, table, None)
    position = table.position(target.parts[-1])
    if position < 0:
        text = f'column "{target.parts[-1]}" does not exist'
        raise UndefinedColumn(text, position=target.span[0] + 1)
    return position
