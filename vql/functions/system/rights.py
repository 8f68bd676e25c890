"""has_table_privilege() and its kin, pg_has_role(): what a role may do, the one at hand or another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from vql.errors import InvalidParameterValue, InvalidText, UndefinedColumn, UndefinedObject
from vql.functions.declare import Environment, function
from vql.functions.system.objects import catalog_of, object_named
from vql.roles.access import ACL_DEFAULTS, LETTERS, NAMES, PUBLIC_ROLE, RIGHTS, Grant, acl_name, acl_text

# A grant as acl_text() writes it: who has it, which rights, who has granted it.
ACL_ITEM = re.compile(r'("(?:[^"]|"")+"|[^"=/]*)=((?:\w\*?)*)/("(?:[^"]|"")+"|[^"=/]+)', re.ASCII)
RIGHT = re.compile(r"(\w)(\*?)")
WITH_OPTION = " with grant option"
MEMBERSHIPS = ("usage", "member", "set")


def _wanted(text: str, kind: str) -> list[tuple[str, bool]]:
    """Read a list of privileges, each with whether it may be granted. Raises 22023."""
    found = []
    for part in text.split(","):
        word = part.strip().lower()
        is_option = word.endswith(WITH_OPTION)
        name = word.removesuffix(WITH_OPTION).strip()
        if LETTERS.get(name, "?") not in RIGHTS[kind]:
            raise InvalidParameterValue(f'unrecognized privilege type: "{part.strip()}"')
        found.append((LETTERS[name], is_option))
    return found


NAMED = {"schema": "regnamespace", "function": "regprocedure", "type": "regtype"}


def _object(environment: Environment, kind: str, of: object) -> int:
    """Return the OID of an object by name. Raises 42P01, 3F000, 3D000."""
    if not isinstance(of, str):
        return int(str(of))
    if kind == "database":
        if of != catalog_of(environment).fact("database"):
            raise UndefinedObject(f'database "{of}" does not exist', sqlstate="3D000")
        return catalog_of(environment).database_oid
    return int(object_named(environment, NAMED.get(kind, "regclass"), of))


def _has(
    environment: Environment, who: object, kind: str, of: object, text: str, column: object = None
) -> bool | None:
    """Whether a role has one of some privileges on an object; None where the object is not there."""
    catalog = catalog_of(environment)
    wanted = _wanted(text, "column" if kind in ("column", "any_column") else kind)
    oid = _object(environment, kind, of)
    numbers: list[int] = []
    if kind in ("column", "any_column"):
        columns = catalog.columns_of(oid)
        if columns is None:
            return None
        if kind == "any_column":
            numbers = list(columns.values())
        elif isinstance(column, str):
            if column not in columns:
                raise UndefinedColumn(f'column "{column}" of relation "{of}" does not exist')
            numbers = [columns[column]]
        else:
            numbers = [int(str(column))]
            if numbers[0] not in columns.values():
                return None
    for number in (0, *numbers):
        held = catalog.held(who, oid, number)
        if held is None:
            return None
        if any(letter in held[is_option] for letter, is_option in wanted):
            return True
    return False


def _declare(name: str, kind: str, objects: Sequence[str]) -> None:
    for who, what in product(("", "name, ", "oid, "), objects):
        _declare_one(f"has_{name}_privilege({who}{what}, text) -> boolean", kind, 1 if who else 0)


def _declare_one(signature: str, kind: str, place: int) -> None:
    @function(signature, needs_environment=True, volatility="stable")
    def has_right(environment: Environment, *given: object) -> bool | None:
        who = given[0] if place else None
        column = given[place + 1] if kind == "column" else None
        return _has(environment, who, kind, given[place], str(given[-1]), column)


_declare("table", "table", ("text", "oid"))
_declare("any_column", "any_column", ("text", "oid"))
_declare("column", "column", ("text, text", "oid, text", "text, smallint", "oid, smallint"))
_declare("schema", "schema", ("text", "oid"))
_declare("sequence", "sequence", ("text", "oid"))
_declare("database", "database", ("text", "oid"))
_declare("function", "function", ("text", "oid"))
_declare("type", "type", ("text", "oid"))


def _everybodys(name: str) -> None:
    for who, what in product(("", "name, ", "oid, "), ("text", "oid")):

        @function(f"has_{name}_privilege({who}{what}, text) -> boolean", volatility="stable")
        def has_right(*given: object) -> bool:
            return True


for _name in ("language", "server", "tablespace", "foreign_data_wrapper"):
    _everybodys(_name)


@function('acldefault("char", oid) -> text[]', needs_environment=True, volatility="immutable")
def default_acl(environment: Environment, kind: str, owner: int) -> list[str]:
    """Return what is granted on an object of a kind where nothing is said. Raises 22023."""
    if kind not in ACL_DEFAULTS:
        raise InvalidParameterValue(f"unrecognized object type abbreviation: {kind}")

    def name(role_id: int) -> str:
        return acl_name(catalog_of(environment).name_of("regrole", role_id) or "") if role_id else ""

    grants = zip((PUBLIC_ROLE, owner), ACL_DEFAULTS[kind], strict=True)
    return [acl_text(Grant(grantee, owner, rights), name) for grantee, rights in grants if rights]


@function(
    "aclexplode(text[]) -> setof (grantor: oid, grantee: oid, privilege_type: text, is_grantable: boolean)",
    needs_environment=True, volatility="stable",
)  # fmt: skip
def acl_as_rows(environment: Environment, items: list[str | None]) -> list[tuple[int, int, str, bool]]:
    """Return a row for each privilege of aclitems. Raises 22P02, 42704."""
    return [row for item in items if item is not None for row in _privileges(environment, item)]


def _privileges(environment: Environment, item: str) -> Iterator[tuple[int, int, str, bool]]:
    found = ACL_ITEM.fullmatch(item)
    if found is None:
        raise InvalidText(f'invalid input syntax for type aclitem: "{item}"')
    grantee, rights, grantor = found.groups()

    def oid(name: str) -> int:
        bare = name[1:-1].replace('""', '"') if name.startswith('"') else name
        role_id = catalog_of(environment).oid_of("regrole", bare)
        if role_id is None:
            raise UndefinedObject(f'role "{bare}" does not exist')
        return role_id

    pairs = RIGHT.findall(rights)
    of = oid(grantor), oid(grantee) if grantee else PUBLIC_ROLE
    return ((*of, NAMES[letter], bool(option)) for letter, option in pairs if letter in NAMES)


def _membership(signature: str, has_who: bool) -> None:
    @function(signature, needs_environment=True, volatility="stable")
    def has_role(environment: Environment, *given: object) -> bool:
        """Whether a role has the privileges of another, may become it or pass it on. Raises 22023, 42704."""
        found = False
        for part in str(given[-1]).split(","):
            word = part.strip().lower()
            is_admin = word.endswith((" with admin option", WITH_OPTION))
            plain = word.removesuffix(" with admin option").removesuffix(WITH_OPTION)
            if plain not in MEMBERSHIPS:
                raise InvalidParameterValue(f'unrecognized privilege type: "{part.strip()}"')
            who = given[0] if has_who else None
            found |= catalog_of(environment).has_role(who, given[-2], "admin" if is_admin else plain)
        return found


for _who, _whom in product(("", "name, ", "oid, "), ("name", "oid")):
    _membership(f"pg_has_role({_who}{_whom}, text) -> boolean", bool(_who))
