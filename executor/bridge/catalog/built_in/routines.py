"""Rows of pg_proc and pg_aggregate: the functions and aggregates that are declared, what types and index
methods are read, written and built by, and functions that somebody made.

OIDs of what is declared are places in the list of declarations: they name a function within one version of VQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from vql import schema
from vql.dataclass import dataclass
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.namespaces import CATALOG, namespaces
from vql.executor.bridge.catalog.roles import acl, roles_in
from vql.executor.bridge.catalog.type_rows import ARRAY_PROCEDURES, OWNER, procedure, procedure_oids
from vql.functions.declare import FUNCTIONS, Function
from vql.functions.library import load_families
from vql.functions.text.formatting import quote_ident
from vql.language.analyze.resolution.coerce import signature_type
from vql.language.bind.definitions.shown import default_text
from vql.routines import Routine
from vql.storage.snapshot import Snapshot
from vql.types.extensions.extension import VECTORS, extension_schemas
from vql.types.objects import ObjectName
from vql.types.pseudo import PSEUDO_TYPES

LANGUAGES = {12: "internal", 13: "c", 14: "sql"}
INTERNAL_LANGUAGE, C_LANGUAGE, LANGUAGE_OF_SQL = LANGUAGES
FIRST_FUNCTION = 5_000
# Functions of pgvector's whose arguments are PostgreSQL's own.
OF_BITS = frozenset({"hamming_distance", "jaccard_distance"})
# What reads, writes and builds: the type of its argument and of its result.
HANDLERS = {
    "heap_tableam_handler": ("internal", "table_am_handler"),
    "array_subscript_handler": ("internal", "internal"),
}


@dataclass(frozen=True, slots=True)
class BuiltInRoutine:
    """A function or aggregate that is declared, its OID, and the OIDs of its arguments and its result."""

    oid: int
    declared: Function
    arguments: tuple[int, ...]
    result: int
    extension: str


@cache
def built_ins() -> tuple[BuiltInRoutine, ...]:
    """Return what is declared, in the order of OIDs."""
    load_families()
    declared = (each for name in sorted(FUNCTIONS) for each in FUNCTIONS[name])
    return tuple(_built_in(oid, each) for oid, each in enumerate(declared, FIRST_FUNCTION))


@cache
def built_ins_by_oid() -> dict[int, BuiltInRoutine]:
    """Return what is declared by OIDs."""
    return {each.oid: each for each in built_ins()}


@cache
def built_ins_named() -> dict[str, list[BuiltInRoutine]]:
    """Return what is declared by names."""
    found: dict[str, list[BuiltInRoutine]] = {}
    for each in built_ins():
        found.setdefault(each.declared.name, []).append(each)
    return found


def procedures(snapshot: Snapshot) -> tuple[Row, ...]:
    """Return the rows of pg_proc that every database has."""
    return _procedures(placed(snapshot))


def known_functions(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_proc: the functions that are built in, then those that somebody made."""
    made = [each for each in snapshot.others.values() if isinstance(each, Routine)]
    return [*procedures(snapshot), *(_routine(each, snapshot, session) for each in made)]


def _routine(routine: Routine, snapshot: Snapshot, session: Mapping[str, str]) -> Row:
    taken = [str(argument.type.catalog_oid) for argument in routine.arguments]
    given = [str(column.type.catalog_oid) for column in routine.columns]
    names = [each.name for each in (*routine.arguments, *routine.columns)]
    modes = [*["i"] * len(taken), *["t" if routine.gives_rows else "o"] * len(given)]
    result = routine.relation_id + schema.ROW_TYPES if routine.relation_id else routine.result.catalog_oid
    if len(routine.columns) == 1:
        result = routine.columns[0].type.catalog_oid
    defaults = [
        default_text(each.default, each.type) for each in routine.arguments if each.default is not None
    ]
    return (
        routine.routine_id, routine.name, namespaces(snapshot)[routine.schema], routine.access.owner_id, LANGUAGE_OF_SQL,
        routine.cost, routine.rows, 0, procedure("-"), "f", False, False, routine.is_strict, routine.gives_rows,
        routine.volatility, routine.parallel, len(taken), len(defaults), result, taken, [*taken, *given] if given else None,
        modes if given else None, names if any(names) else None, ", ".join(defaults) or None, None,
        "" if routine.is_expression else routine.text, None, routine.text if routine.is_expression else None,
        None, acl(routine.access, roles_in(snapshot, session)),
    )  # fmt: skip


def defaults_of(oid: int, snapshot: Snapshot) -> dict[int, str]:
    """Return the defaults of a function's arguments, by their numbers from 1."""
    made = snapshot.definition(oid)
    if isinstance(made, Routine):
        found = [(each.default, each.type) for each in made.arguments]
    elif oid in built_ins_by_oid():
        found = [
            (each.default or None, signature_type(each.type))
            for each in built_ins_by_oid()[oid].declared.arguments
        ]
    else:
        found = []
    return {
        number: default_text(text, type_) for number, (text, type_) in enumerate(found, 1) if text is not None
    }


def aggregates(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_aggregate. How an aggregate goes on from row to row nobody declares: it is computed of all."""
    places, none = dict(placed(snapshot)), procedure("-")
    schemas = {oid: quote_ident(name) for name, oid in namespaces(snapshot).items()}

    def named(each: BuiltInRoutine) -> ObjectName:
        name = quote_ident(each.declared.name)
        is_one = len(built_ins_named()[each.declared.name]) == 1
        return ObjectName(each.oid, name if is_one else f"{schemas[places[each.extension]]}.{name}")

    return [
        (named(each), "o" if each.declared.is_ordered_set else "n",
         len(each.arguments) - 1 if each.declared.is_ordered_set else 0, *(none,) * 8, False, False, "r", "r", 0, 0, 0, 0, 0,
         None, None)
        for each in built_ins()
        if each.declared.is_aggregate and not each.declared.is_window and each.extension in places
    ]  # fmt: skip


def placed(snapshot: Snapshot) -> tuple[tuple[str, int], ...]:
    """Return the extensions there are and the OIDs of their schemas, with what is no extension's."""
    there = namespaces(snapshot)
    found = extension_schemas(snapshot.others).items()
    return (("", CATALOG), *sorted((name, there.get(schema, 0)) for name, schema in found))


def type_number(name: str) -> int:
    """Return the OID of a type as declarations name it."""
    return PSEUDO_TYPES.get(name) or signature_type(name).base.oid or 0


def extension_of(declared: Function) -> str:
    """Return the extension that a function or operator comes with, "" where it is built in."""
    if declared.extension or declared.name in OF_BITS:
        return declared.extension or VECTORS.name
    types = (*(each.type for each in declared.arguments), declared.result)
    of_types = (signature_type(name).base.extension for name in types if name not in PSEUDO_TYPES)
    return next((name for name in of_types if name), "")


def _built_in(oid: int, declared: Function) -> BuiltInRoutine:
    arguments = tuple(type_number(each.type) for each in declared.arguments)
    return BuiltInRoutine(oid, declared, arguments, type_number(declared.result), extension_of(declared))


@cache
def _procedures(placed_in: tuple[tuple[str, int], ...]) -> tuple[Row, ...]:
    places = dict(placed_in)
    made = [_row(each, places[each.extension]) for each in built_ins() if each.extension in places]
    return (*_behind_types(), *made)


def _row(found: BuiltInRoutine, namespace: int) -> Row:
    declared = found.declared
    kind = "w" if declared.is_window else "a" if declared.is_aggregate else "f"
    given, columns = declared.arguments, declared.columns
    modes = [*("v" if each.is_variadic else "i" for each in given), *"o" * len(columns)]
    names = [each.name or "" for each in (*given, *columns)]
    variadic = next(
        (element for each, element in zip(given, found.arguments, strict=True) if each.is_variadic), 0
    )
    has_modes = bool(columns) or "v" in modes
    defaults = [default_text(each.default, signature_type(each.type)) for each in given if each.default]
    return (
        found.oid, declared.name, namespace, OWNER, C_LANGUAGE if found.extension else INTERNAL_LANGUAGE, 1.0,
        1000.0 if declared.gives_rows else 0.0, variadic, procedure("-"), kind, False, False, declared.is_strict and kind == "f",
        declared.gives_rows, declared.volatility[0], "s", len(given), len(defaults), found.result,
        [str(oid) for oid in found.arguments],
        [str(oid) for oid in (*found.arguments, *(type_number(each.type) for each in columns))] if has_modes else None,
        modes if has_modes else None, names if any(names) else None, ", ".join(defaults) or None, None, declared.name,
        None, None, None, None,
    )  # fmt: skip


def _behind_types() -> Iterator[Row]:
    for name, oid in procedure_oids().items():
        if name in ARRAY_PROCEDURES:
            given, result = "internal", "anyarray"
        elif name.endswith("handler"):
            given, result = HANDLERS.get(name, ("internal", "index_am_handler"))
        else:
            given, result = ("cstring", "internal") if name.endswith("in") else ("internal", "cstring")
        yield (
            oid, name, CATALOG, OWNER, INTERNAL_LANGUAGE, 1.0, 0.0, 0, procedure("-"), "f", False, False, True, False, "i", "s", 1,
            0, PSEUDO_TYPES[result], [str(PSEUDO_TYPES[given])], None, None, None, None, None, name, None, None, None, None,
        )  # fmt: skip
