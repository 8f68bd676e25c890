"""regclass, regtype and their kin: names of things in the catalog, looked up."""

from __future__ import annotations

import re
from typing import Any

from vql.errors import DataError, Error, SyntaxError, UndefinedFunction, UndefinedObject, UndefinedTable
from vql.functions.declare import Environment, cast, cast_in_duck, function
from vql.functions.lookups import CatalogLookups
from vql.types.arrays.dimensions import with_bounds
from vql.types.objects import ObjectName
from vql.types.type import UNKNOWN, Type, type_named, type_of_oid

# A type's name in words, its modifiers between them: "time(3) with time zone".
TYPE_NAME, NUMBER = (
    re.compile(r"\s*([^()]+)(?:\(\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\))?\s*([^()]*)"),
    re.compile(r"-?\d+"),
)
KINDS = (
    "regclass", "regtype", "regproc", "regprocedure", "regoper", "regoperator", "regnamespace", "regrole",
    "regconfig", "regdictionary",
)  # fmt: skip


def catalog_of(environment: Environment) -> CatalogLookups:
    """Return the catalog that a statement sees."""
    assert environment.catalog is not None, "whoever runs statements gives one"
    return environment.catalog


def undefined(kind: str, name: str) -> Error:
    """Return the error of a name that means nothing."""
    match kind:
        case "regclass":
            return UndefinedTable(f'relation "{name.replace(chr(34), "")}" does not exist')
        case "regproc" | "regprocedure":
            return UndefinedFunction(f'function "{name}" does not exist')
        case "regoper" | "regoperator":
            return UndefinedFunction(f"operator does not exist: {name}")
        case "regnamespace":
            return UndefinedObject(f'schema "{name}" does not exist', sqlstate="3F000")
        case "regconfig":
            return UndefinedObject(f'text search configuration "{name}" does not exist')
        case "regdictionary":
            return UndefinedObject(f'text search dictionary "{name}" does not exist')
    return UndefinedObject(f'{"type" if kind == "regtype" else "role"} "{name}" does not exist')


def object_named(environment: Environment, kind: str, name: str) -> ObjectName:
    """Return what a name means, or a number. Raises 42P01, 42704, 42883, 3F000."""
    if name.isdigit():
        return object_of(environment, kind, int(name))
    if name == "-":
        return ObjectName(0, "-")
    oid = catalog_of(environment).oid_of(kind, name)
    if oid is None:
        raise undefined(kind, name)
    return object_of(environment, kind, oid)


def object_of(environment: Environment, kind: str, oid: int) -> ObjectName:
    """Return an OID with the name of what it is, the number where it is nothing."""
    nothing = "0" if kind.startswith("regoper") else "-"
    found = catalog_of(environment).name_of(kind, oid) if oid else nothing
    return ObjectName(oid, str(oid) if found is None else found)


def _declare(kind: str) -> None:
    @cast(
        f"text -> {kind}",
        needs_environment=True,
        willingness="implicit" if kind == "regclass" else "explicit",
    )
    def named(environment: Environment, name: str) -> ObjectName:
        return object_named(environment, kind, name)

    def of_number(environment: Environment, oid: int) -> ObjectName:
        return object_of(environment, kind, oid % (1 << 32))

    for source in ("oid", "integer", "smallint", "bigint"):
        cast(f"{source} -> {kind}", needs_environment=True, willingness="implicit")(of_number)
    number = "CAST(split_part({0}, ' ', 1) AS BIGINT)"
    cast_in_duck(f"{kind} -> oid", number, int, willingness="implicit")
    cast_in_duck(f"{kind} -> integer", f"CAST({number} AS INTEGER)", int, willingness="assignment")
    cast_in_duck(f"{kind} -> bigint", number, int, willingness="assignment")

    @function(f"to_{kind}(text) -> {kind}", needs_environment=True, volatility="stable")
    def found(environment: Environment, name: str) -> ObjectName | None:
        try:
            oid = catalog_of(environment).oid_of(kind, name)
        except UndefinedFunction:  # it means several, or is written for none
            return None
        return None if oid is None or name.isdigit() else object_of(environment, kind, oid)


for _kind in KINDS:
    _declare(_kind)


def _exchange(source: str, result: str) -> None:
    @cast(f"{source} -> {result}", needs_environment=True, willingness="implicit")
    def named(environment: Environment, value: ObjectName) -> ObjectName:
        return object_of(environment, result, int(value))


for _kinds in (("regproc", "regprocedure"), ("regoper", "regoperator")):
    _exchange(*_kinds)
    _exchange(*_kinds[::-1])


@function('pg_typeof("any") -> regtype', needs_types=True, is_strict=False, volatility="stable")
def type_of_value(types: tuple[Type, ...], value: object) -> ObjectName:
    oid = types[0].base.oid
    return ObjectName(oid or 0, types[0].sized(None).formatted())


@function("format_type(oid, integer) -> text", is_strict=False, volatility="stable", needs_environment=True)
def formatted_type(environment: Environment, oid: int | None, typmod: int | None) -> str | None:
    """Return a type as columns are declared with it."""
    if not oid:
        return None if oid is None else "-"
    type_ = type_of_oid(oid)
    if type_ == UNKNOWN and oid != UNKNOWN.base.oid:
        return catalog_of(environment).name_of("regtype", oid) or "???"
    element = type_.element if type_.is_array else type_
    modifier = None if typmod is None else element.base.modifier_of_typmod(typmod)
    shown = element.sized(modifier).formatted()
    if element.base.extension:
        shown = catalog_of(environment).type_shown(element.base.name).removesuffix(element.base.name) + shown
    return shown + ("[]" if type_.is_array else "")


@cast("oidvector -> oid[]", willingness="implicit")
@cast("int2vector -> smallint[]", willingness="implicit")
def numbers_from_0(numbers: list[Any]) -> list[Any]:
    return with_bounds([int(number) for number in numbers], [0])


@function("pg_input_is_valid(text, text) -> boolean", volatility="stable", needs_environment=True)
def pg_input_is_valid(environment: Environment, text: str, type_name: str) -> bool:
    found = TYPE_NAME.fullmatch(type_name)
    if found is None:
        raise SyntaxError(f'invalid type name "{type_name}"')
    name, modifiers, tail = found.groups("")
    type_ = type_named(f"{name.strip()} {tail}".strip(), tuple(map(int, NUMBER.findall(modifiers))))
    try:
        type_.coerce(text, environment.style)
    except DataError:
        if type_.base.extension and type_.is_vector:  # pgvector's do not ask whether they may raise
            raise
        return False
    return True
