"""Functions about the catalog and the session, as clients ask them of PostgreSQL.

What there is has no comments, no triggers, no rules.
"""

from __future__ import annotations

import re
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from vql.deadline import check_deadline
from vql.errors import InvalidParameterValue, ProgrammingError, UndefinedObject
from vql.functions.declare import Environment, function
from vql.functions.system.objects import catalog_of, object_named
from vql.types.numbers.integers import BIGINT
from vql.types.objects import ObjectName

VERSION = "PostgreSQL 15.18 (VQL), Python and C++, 64-bit"
NAP_S = 0.02  # between two looks at the deadline
# Sizes: the unit, how many of it are shown before the next one is, the bits of one.
UNITS = (("bytes", 10 * 1024, 0), ("kB", 20 * 1024 - 1, 10), ("MB", 20 * 1024 - 1, 20),
         ("GB", 20 * 1024 - 1, 30), ("TB", 20 * 1024 - 1, 40), ("PB", 20 * 1024 - 1, 50))  # fmt: skip
SIZE = re.compile(r"\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?)\s*(?P<unit>[a-z]*)\s*", re.I)


# ------------------------------------------------------------------ the session


def _fact(signature: str, name: str) -> None:
    @function(signature, needs_environment=True, volatility="stable")
    def fact(environment: Environment) -> str:
        return catalog_of(environment).fact(name)


for _name in ("current_user", "user", "current_role"):
    _fact(f"{_name}() -> name", "user")
_fact("session_user() -> name", "session_user")
for _name in ("current_database", "current_catalog"):
    _fact(f"{_name}() -> name", "database")


@function("version() -> text", volatility="stable")
def server_version() -> str:
    return VERSION


@function("current_schema() -> name", needs_environment=True, volatility="stable")
def current_schema(environment: Environment) -> str | None:
    return next(iter(catalog_of(environment).listed_path), None)


@function("current_schemas(boolean) -> name[]", needs_environment=True, volatility="stable")
def current_schemas(environment: Environment, with_implicit: bool) -> list[str]:
    catalog = catalog_of(environment)
    return list(catalog.path if with_implicit else catalog.listed_path)


@function("pg_table_is_visible(oid) -> boolean", needs_environment=True, volatility="stable")
def table_is_visible(environment: Environment, oid: int) -> bool | None:
    return catalog_of(environment).is_visible("regclass", oid)


@function("pg_type_is_visible(oid) -> boolean", needs_environment=True, volatility="stable")
def type_is_visible(environment: Environment, oid: int) -> bool | None:
    return catalog_of(environment).is_visible("regtype", oid)


@function("pg_function_is_visible(oid) -> boolean", needs_environment=True, volatility="stable")
def function_is_visible(environment: Environment, oid: int) -> bool | None:
    return catalog_of(environment).is_visible("regproc", oid)


@function("pg_operator_is_visible(oid) -> boolean", needs_environment=True, volatility="stable")
def operator_is_visible(environment: Environment, oid: int) -> bool | None:
    return catalog_of(environment).is_visible("regoper", oid)


@function("pg_backend_pid() -> integer", needs_environment=True, volatility="stable")
def backend_pid(environment: Environment) -> int:
    return int(catalog_of(environment).fact("process_id"))


@function("vql_version() -> bigint", needs_environment=True, volatility="stable")
def database_version(environment: Environment) -> int:
    return int(catalog_of(environment).fact("version"))


@function("current_setting(text) -> text", needs_environment=True, volatility="stable")
def current_setting(environment: Environment, name: str) -> str:
    return catalog_of(environment).setting(name)


@function("current_setting(text, boolean) -> text", needs_environment=True, volatility="stable")
def current_setting_or_null(environment: Environment, name: str, is_missing_ok: bool) -> str | None:
    try:
        return catalog_of(environment).setting(name)
    except UndefinedObject:
        if is_missing_ok:
            return None
        raise


@function(
    "set_config(text, text, boolean) -> text", needs_environment=True, volatility="volatile", is_strict=False
)
def set_config(environment: Environment, name: str | None, value: str | None, is_local: bool | None) -> str:
    if name is None:
        raise ProgrammingError("SET requires parameter name", sqlstate="22004")
    return catalog_of(environment).set_setting(name, value, bool(is_local))


@function("getdatabaseencoding() -> name", volatility="stable")
@function("pg_client_encoding() -> name", volatility="stable")
def encoding() -> str:
    return "UTF8"


@function("pg_encoding_to_char(integer) -> name", volatility="stable")
def encoding_name(number: int) -> str:
    return {0: "SQL_ASCII", 6: "UTF8"}.get(number, "")


@function("pg_char_to_encoding(name) -> integer", volatility="stable")
def encoding_number(name: str) -> int:
    return 6 if name.upper().replace("-", "") in ("UTF8", "UNICODE") else -1


@function("pg_is_in_recovery() -> boolean", volatility="volatile")
def is_in_recovery() -> bool:
    return False


@function("inet_server_port() -> integer", volatility="stable")
@function("inet_client_port() -> integer", volatility="stable")
@function("inet_server_addr() -> text", volatility="stable")
@function("inet_client_addr() -> text", volatility="stable")
def no_address() -> None:
    return None


@function("pg_my_temp_schema() -> oid", needs_environment=True, volatility="stable")
def temporary_schema(environment: Environment) -> int:
    catalog = catalog_of(environment)
    return catalog.oid_of("regnamespace", catalog.fact("temporary")) or 0


@function("pg_is_other_temp_schema(oid) -> boolean", needs_environment=True, volatility="stable")
def is_other_temporary_schema(environment: Environment, oid: int) -> bool:
    catalog = catalog_of(environment)
    name = catalog.name_of("regnamespace", oid) or ""
    return name.startswith("pg_temp_") and name != catalog.fact("temporary")


# ------------------------------------------------------------------ objects


@function("pg_get_userbyid(oid) -> name", needs_environment=True, volatility="stable")
def role_name(environment: Environment, oid: int) -> str:
    return catalog_of(environment).name_of("regrole", oid) or f"unknown (OID={oid})"


@function("pg_get_indexdef(oid) -> text", needs_environment=True, volatility="stable")
def definition_of_index(environment: Environment, oid: int) -> str | None:
    return catalog_of(environment).index_definition(oid)


@function("pg_get_indexdef(oid, integer, boolean) -> text", needs_environment=True, volatility="stable")
def index_part(environment: Environment, oid: int, column: int, is_pretty: bool) -> str | None:
    columns = catalog_of(environment).index_columns(oid)
    if not column:
        found = catalog_of(environment).index_definition(oid)
    else:
        found = columns[column - 1] if 0 < column <= len(columns) else "" if columns else None
    return found if found is None or not is_pretty else _pretty(found)


def _pretty(definition: str) -> str:
    """Return the definition of an index without brackets that say nothing: those of what is cast alone, and
    two around one."""
    fewer = re.sub(r"\(([\w.]+(?:\([^()]*\))?)\)::", r"\1::", definition)
    return re.sub(r"\((\([^()]*(?:\([^()]*\)[^()]*)*\))\)", r"\1", fewer)


@function("pg_get_viewdef(oid) -> text", needs_environment=True, volatility="stable")
def definition_of_view(environment: Environment, oid: int) -> str | None:
    return catalog_of(environment).view_definition(oid)


@function("pg_get_viewdef(oid, boolean) -> text", needs_environment=True, volatility="stable")
@function("pg_get_viewdef(oid, integer) -> text", needs_environment=True, volatility="stable")
def definition_of_view_pretty(environment: Environment, oid: int, how: int) -> str | None:
    return catalog_of(environment).view_definition(oid)


@function("pg_get_viewdef(text) -> text", needs_environment=True, volatility="stable")
def definition_of_view_named(environment: Environment, name: str) -> str | None:
    found = object_named(environment, "regclass", name)
    return catalog_of(environment).view_definition(int(found))


@function("pg_get_serial_sequence(text, text) -> text", needs_environment=True, volatility="stable")
def sequence_of_column(environment: Environment, table: str, column: str) -> str | None:
    found = object_named(environment, "regclass", table)
    return catalog_of(environment).owned_sequence(int(found), column)


@function("pg_get_constraintdef(oid) -> text", needs_environment=True, volatility="stable")
def constraint_definition(environment: Environment, oid: int) -> str | None:
    return catalog_of(environment).constraint_definition(oid)


@function("pg_get_constraintdef(oid, boolean) -> text", needs_environment=True, volatility="stable")
def constraint_definition_pretty(environment: Environment, oid: int, is_pretty: bool) -> str | None:
    return catalog_of(environment).constraint_definition(oid)


@function("pg_get_expr(text, oid) -> text", needs_environment=True, volatility="stable")
@function("pg_get_expr(text, oid, boolean) -> text", needs_environment=True, volatility="stable")
def stored_expression(environment: Environment, expression: str, *about: object) -> str:
    return catalog_of(environment).expression_shown(expression)


@function("obj_description(oid) -> text", needs_environment=True, volatility="stable")
def comment_of(environment: Environment, oid: int) -> str | None:
    return catalog_of(environment).description("", oid, 0)


@function("obj_description(oid, name) -> text", needs_environment=True, volatility="stable")
@function("shobj_description(oid, name) -> text", needs_environment=True, volatility="stable")
def comment_in(environment: Environment, oid: int, catalog: str) -> str | None:
    return catalog_of(environment).description(catalog, oid, 0) if catalog else None


@function("col_description(oid, integer) -> text", needs_environment=True, volatility="stable")
def comment_of_column(environment: Environment, oid: int, number: int) -> str | None:
    return catalog_of(environment).description("pg_class", oid, number)


def _without(signature: str, value: object, **options: Any) -> None:
    """Declare a function about things that do not exist here."""

    @function(signature, **{"volatility": "stable", **options})
    def answer(*arguments: object) -> object:
        return value


def _of_routine(name: str, part: str) -> None:
    @function(f"{name}(oid) -> text", volatility="stable", needs_environment=True)
    def shown(environment: Environment, oid: int) -> str | None:
        return catalog_of(environment).routine_shown(oid, part)


_of_routine("pg_get_function_arguments", "arguments")
_of_routine("pg_get_function_identity_arguments", "identity")
_of_routine("pg_get_function_result", "result")
_of_routine("pg_get_functiondef", "definition")
_of_routine("pg_get_function_sqlbody", "body")

for _signature in (
    "pg_get_triggerdef(oid)",
    "pg_get_triggerdef(oid, boolean)", "pg_get_ruledef(oid)", "pg_get_ruledef(oid, boolean)",
    "pg_get_partkeydef(oid)", "pg_get_partition_constraintdef(oid)",
    "pg_get_statisticsobjdef_columns(oid)",
):  # fmt: skip
    _without(f"{_signature} -> text", None)
_without("pg_tablespace_location(oid) -> text", "")
_without("pg_partition_root(regclass) -> regclass", None, volatility="immutable")
for _name in ("collation", "opclass", "opfamily", "conversion"):
    _without(f"pg_{_name}_is_visible(oid) -> boolean", True)
for _name in ("ts_config", "ts_dict", "ts_parser", "ts_template", "statistics_obj"):
    _without(f"pg_{_name}_is_visible(oid) -> boolean", True)
_without("pg_relation_is_publishable(regclass) -> boolean", False)


@function(
    "pg_relation_is_updatable(regclass, boolean) -> integer", needs_environment=True, volatility="stable"
)
def relation_updatable(environment: Environment, relation: ObjectName, with_triggers: bool) -> int:
    return catalog_of(environment).updatable_events(relation)


@function(
    "pg_column_is_updatable(regclass, smallint, boolean) -> boolean",
    needs_environment=True,
    volatility="stable",
)
def column_updatable(
    environment: Environment, relation: ObjectName, number: int, with_triggers: bool
) -> bool:
    return catalog_of(environment).is_updatable_column(relation, number)


# ------------------------------------------------------------------ sizes


def _size(name: str, *, of_rows: bool, of_indexes: bool) -> None:
    def sized(environment: Environment, relation: ObjectName) -> int | None:
        catalog = catalog_of(environment)
        rows, indexes = catalog.size(relation), catalog.indexes_size(relation)
        if rows is None:
            return None
        return (rows if of_rows else 0) + (indexes or 0 if of_indexes else 0)

    function(f"{name}(regclass) -> bigint", needs_environment=True, volatility="volatile")(sized)


_size("pg_relation_size", of_rows=True, of_indexes=False)
_size("pg_table_size", of_rows=True, of_indexes=False)
_size("pg_indexes_size", of_rows=False, of_indexes=True)
_size("pg_total_relation_size", of_rows=True, of_indexes=True)


@function("pg_database_size(name) -> bigint", needs_environment=True, volatility="volatile")
def database_size(environment: Environment, name: str) -> int:
    found = catalog_of(environment).database_size(name)
    if found is None:
        raise UndefinedObject(f'database "{name}" does not exist', sqlstate="3D000")
    return found


@function("pg_database_size(oid) -> bigint", needs_environment=True, volatility="volatile")
def database_size_of_oid(environment: Environment, oid: int) -> int | None:
    catalog = catalog_of(environment)
    name = next((row[1] for row in catalog.rows("pg_database") if row[0] == oid), None)
    return None if name is None else catalog.database_size(name)


@function("pg_tablespace_size(name) -> bigint", needs_environment=True, volatility="volatile")
def tablespace_size(environment: Environment, name: str) -> int:
    """Return what all databases of the server take: there is one place for them."""
    catalog = catalog_of(environment)
    if name not in [row[1] for row in catalog.rows("pg_tablespace")]:
        raise UndefinedObject(f'tablespace "{name}" does not exist')
    databases = catalog.rows("pg_database") if name == "pg_default" else ()
    return sum(catalog.database_size(row[1]) or 0 for row in databases)


@function("pg_tablespace_size(oid) -> bigint", needs_environment=True, volatility="volatile")
def tablespace_size_of_oid(environment: Environment, oid: int) -> int | None:
    spaces = catalog_of(environment).rows("pg_tablespace")
    name = next((row[1] for row in spaces if row[0] == oid), None)
    return None if name is None else tablespace_size(environment, name)


@function("pg_size_pretty(bigint) -> text")
def pretty_size(size: int) -> str:
    """Return a number of bytes in the unit that shows it in four digits or so."""
    kept, bits = abs(size), 0
    for place, (unit, bound, unit_bits) in enumerate(UNITS):
        # From kB on one bit more is kept, to round by.
        kept >>= unit_bits - bits - (1 if place == 1 else 0) if place else 0
        bits = unit_bits
        shown = (kept + 1) // 2 if place else kept
        if (kept < bound) or place == len(UNITS) - 1:
            return f"{'-' if size < 0 and shown else ''}{shown} {unit}"
    raise AssertionError("the last unit shows everything")


@function("pg_size_pretty(numeric) -> text")
def pretty_numeric_size(size: Decimal) -> str:
    if not size.is_finite():
        return f"{size} {UNITS[-1][0]}"
    return pretty_size(int(size)) if abs(size) >= UNITS[0][1] else f"{size:f} bytes"


@function("pg_size_bytes(text) -> bigint")
def size_of_text(text: str) -> int:
    """Return the bytes that a number with a unit says. Raises 22023, 22003."""
    found = SIZE.fullmatch(text)
    units = {"": 0, "b": 0} | {unit.lower(): bits for unit, _, bits in UNITS}
    if found is None or found["unit"].lower() not in units:
        raise InvalidParameterValue(f'invalid size: "{text}"')
    count = Fraction(found["number"]) * 2 ** units[found["unit"].lower()]
    size = int(abs(count) + Fraction(1, 2))
    return int(BIGINT.checked(size if count >= 0 else -size))


@function("pg_sleep(double precision) -> void", volatility="volatile")
def sleep_for(seconds: float) -> str:
    """Wait, for as long as the statement may."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, NAP_S))
        check_deadline()
    return ""


@function("pg_options_to_table(text[]) -> setof (option_name: text, option_value: text)", volatility="stable")
def options_as_rows(options: list[str]) -> list[tuple[str, str | None]]:
    """Return options, each `name=value`, as rows."""
    parts = (option.partition("=") for option in options)
    return [(name, value if equals else None) for name, equals, value in parts]


@function("pg_partition_ancestors(regclass) -> setof regclass")
def partition_ancestors(relation: object) -> list[object]:
    """No table is a partition of another."""
    return []


@function(
    "pg_partition_tree(regclass) -> setof (relid: regclass, parentrelid: regclass, isleaf: boolean,"
    " level: integer)"
)
def partition_tree(relation: object) -> list[tuple[object, ...]]:
    """No table is a partition of another."""
    return []


@function("_pg_expandarray(smallint[]) -> setof (x: smallint, n: integer)")
def places_of_array(array: list[int | None]) -> list[tuple[int | None, int]]:
    """Return the elements with their places from 1."""
    return [(element, place) for place, element in enumerate(array, 1)]
