"""What regproc, regprocedure, regoper and regoperator mean: functions and operators by their names, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from vql.errors import InvalidText, UndefinedFunction
from vql.executor.bridge.catalog.built_in.operators import operators_by_oid, operators_named
from vql.executor.bridge.catalog.built_in.routines import built_ins_by_oid, built_ins_named, placed
from vql.executor.bridge.catalog.namespaces import CATALOG, namespaces
from vql.executor.bridge.catalog.type_rows import procedure_oids
from vql.functions.text.formatting import quote_ident
from vql.routines import Routine
from vql.storage.snapshot import Snapshot
from vql.types.pseudo import NAMES_OF_PSEUDO_TYPES, PSEUDO_TYPES

KINDS, WITH_ARGUMENTS = ("regproc", "regoper"), ("procedure", "operator")
SIGNATURE = re.compile(r"\s*(?P<name>[^(]+?)\s*\((?P<arguments>.*)\)\s*", re.S)
QUALIFIED = re.compile(r'\s*(?:(?P<schema>"[^"]+"|\w+)\s*\.\s*)?(?P<name>.+?)\s*', re.S)


class TypeNames(Protocol):
    """What the catalog knows of types and schemas."""

    @property
    def path(self) -> tuple[str, ...]: ...
    def oid_of(self, kind: str, name: str) -> int | None: ...
    def name_of(self, kind: str, oid: int) -> str | None: ...


class NamedRoutine(NamedTuple):
    """A function or operator, the OIDs of its arguments and of its schema."""

    oid: int
    name: str
    arguments: tuple[int, ...]
    namespace: int


class RoutineNames:
    """One query's view of the functions and operators of its snapshot."""

    def __init__(self, snapshot: Snapshot, names: TypeNames) -> None:
        self._snapshot = snapshot
        self._names = names

    def oid_of(self, kind: str, text: str) -> int | None:
        """Return the OID of the function or operator that a text means; None of none. Raises 42725 where it
        means several."""
        of_operator = kind.startswith("regoper")
        wanted = None
        if kind.endswith(WITH_ARGUMENTS):
            found = SIGNATURE.fullmatch(text)
            if found is None:
                raise InvalidText("expected a left parenthesis")
            text = found["name"]
            wanted = tuple(self._type(each.strip()) for each in _arguments(found["arguments"]))
            if of_operator:
                _check_sides(wanted)
        there = self._named(text, of_operator=of_operator)
        there = [each for each in there if wanted is None or each.arguments == wanted]
        if len(there) > 1:
            what = f"operator named {text}" if of_operator else f'function named "{text}"'
            raise UndefinedFunction(f"more than one {what}", sqlstate="42725")
        return there[0].oid if there else None

    def name_of(self, kind: str, oid: int) -> str | None:
        """Return the text that means a function or operator; None where there is none."""
        of_operator = kind.startswith("regoper")
        found = self._at(oid, of_operator=of_operator)
        if found is None:
            return None
        same = [each.oid for each in self._visible(found.name, of_operator=of_operator)]
        if kind.endswith(WITH_ARGUMENTS):
            is_found = oid in same
            types = ",".join(self._type_called(each) if each else "NONE" for each in found.arguments)
            tail = f"({types})"
        else:
            is_found, tail = same == [oid], ""
        schemas = {number: schema for schema, number in self._schemas.items()}
        prefix = "" if is_found else f"{quote_ident(schemas[found.namespace])}."
        return f"{prefix}{found.name if of_operator else quote_ident(found.name)}{tail}"

    def is_visible(self, kind: str, oid: int) -> bool | None:
        """Whether the search_path leads to a function or operator; None where there is none."""
        of_operator = kind.startswith("regoper")
        found = self._at(oid, of_operator=of_operator)
        if found is None:
            return None
        return oid in [each.oid for each in self._visible(found.name, of_operator=of_operator)]

    # -------------------------------------------------------------- candidates

    @cached_property
    def _schemas(self) -> dict[str, int]:
        return namespaces(self._snapshot)

    @cached_property
    def _places(self) -> dict[str, int]:
        return dict(placed(self._snapshot))

    @cached_property
    def _made(self) -> dict[str, list[NamedRoutine]]:
        """The functions that somebody made, by their names."""
        found: dict[str, list[NamedRoutine]] = {}
        for each in self._snapshot.others.values():
            if isinstance(each, Routine):
                found.setdefault(each.name, []).append(self._of_routine(each))
        return found

    def _of_routine(self, routine: Routine) -> NamedRoutine:
        arguments = tuple(argument.type.catalog_oid for argument in routine.arguments)
        return NamedRoutine(routine.routine_id, routine.name, arguments, self._schemas[routine.schema])

    def _at(self, oid: int, *, of_operator: bool) -> NamedRoutine | None:
        if of_operator:
            operator = operators_by_oid().get(oid)
            if operator is None or operator.extension not in self._places:
                return None
            sides = (operator.left, operator.right)
            return NamedRoutine(oid, operator.declared.name, sides, self._places[operator.extension])
        made = self._snapshot.definition(oid)
        if isinstance(made, Routine):
            return self._of_routine(made)
        built_in = built_ins_by_oid().get(oid)
        if built_in is not None and built_in.extension in self._places:
            place = self._places[built_in.extension]
            return NamedRoutine(oid, built_in.declared.name, built_in.arguments, place)
        behind = next((name for name, number in procedure_oids().items() if number == oid), None)
        return None if behind is None else NamedRoutine(oid, behind, _behind(behind), CATALOG)

    def _candidates(self, name: str, *, of_operator: bool) -> list[NamedRoutine]:
        places = self._places
        if of_operator:
            return [
                NamedRoutine(each.oid, name, (each.left, each.right), places[each.extension])
                for each in operators_named().get(name, ())
                if each.extension in places
            ]
        found = [
            NamedRoutine(each.oid, name, each.arguments, places[each.extension])
            for each in built_ins_named().get(name, ())
            if each.extension in places
        ]
        if name in procedure_oids():
            found.append(NamedRoutine(procedure_oids()[name], name, _behind(name), CATALOG))
        return found + self._made.get(name, [])

    def _visible(self, name: str, schema: str = "", *, of_operator: bool) -> list[NamedRoutine]:
        """Return what a name means in a schema, or on the path: the first that takes the same."""
        there = self._candidates(name, of_operator=of_operator)
        searched = (schema,) if schema else self._names.path
        numbers = [self._schemas[each] for each in searched if each in self._schemas]
        found: dict[tuple[int, ...], NamedRoutine] = {}
        for number in numbers:
            for each in there:
                if each.namespace == number:
                    found.setdefault(each.arguments, each)
        return list(found.values())

    # -------------------------------------------------------------- texts

    def _named(self, text: str, *, of_operator: bool) -> list[NamedRoutine]:
        parts = QUALIFIED.fullmatch(text)
        if parts is None:
            return []
        schema, name = _unquoted(parts["schema"] or ""), parts["name"]
        return self._visible(name if of_operator else _unquoted(name), schema, of_operator=of_operator)

    def _type(self, text: str) -> int:
        if text.upper() == "NONE":
            return 0
        found = PSEUDO_TYPES.get(text.lower()) or self._names.oid_of("regtype", text)
        if found is None:
            raise UndefinedFunction(f'type "{text}" does not exist', sqlstate="42704")
        return found

    def _type_called(self, oid: int) -> str:
        return NAMES_OF_PSEUDO_TYPES.get(oid) or self._names.name_of("regtype", oid) or str(oid)


def _check_sides(wanted: Sequence[int]) -> None:
    """Raise 42P02 or 54023 where an operator is written with less or more than two sides."""
    if len(wanted) == 1:
        hint = "Use NONE to denote the missing argument of a unary operator."
        raise UndefinedFunction("missing argument", hint=hint, sqlstate="42P02")
    if len(wanted) != 2:
        hint = "Provide two argument types for operator."
        raise UndefinedFunction("too many arguments", hint=hint, sqlstate="54023")


def _behind(name: str) -> tuple[int, ...]:
    """Return the arguments of what reads or writes a type, or handles an access method."""
    return (PSEUDO_TYPES["cstring" if name.endswith("in") and name != "array_in" else "internal"],)


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _arguments(text: str) -> Sequence[str]:
    return re.split(r",(?![^(]*\))", text) if text.strip() else ()
