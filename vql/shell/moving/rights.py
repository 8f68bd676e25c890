"""Roles, owners, privileges, policies and comments as SQL that makes them again: `vql dump`.

The database's owner is not named: whoever loads a dump owns what it makes. No state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vql.functions.text.formatting import quote_ident
from vql.shell.moving.definitions import OWN, Ask, DumpedDefinitions
from vql.shell.scanner import quoted_text

ROLES = """SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
    rolreplication, rolbypassrls, rolconnlimit,
  rolpassword, rolvaliduntil FROM pg_authid WHERE oid <> 10 AND rolname !~ '^pg_' ORDER BY oid"""
FLAGS = ("SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS")
MEMBERS = """SELECT pg_get_userbyid(roleid), pg_get_userbyid(member), admin_option, inherit_option,
    set_option FROM pg_auth_members
WHERE roleid >= 16384 AND member <> 10 ORDER BY oid"""
# What is somebody's: the kind in statements, its name, its owner, what is granted on it, and on which column.
GRANTED = f"""
SELECT 'SCHEMA', quote_ident(n.nspname), n.nspowner, n.nspacl, '' FROM pg_namespace n WHERE {OWN}
UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN
    'MATERIALIZED VIEW' ELSE 'TABLE' END,
  c.oid::regclass::text, c.relowner, c.relacl, '' FROM pg_class c JOIN pg_namespace n ON n.oid =
    c.relnamespace
  WHERE {OWN} AND c.relkind IN ('r', 'v', 'm', 'S') AND c.relpersistence <> 't'
UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure::text,
    p.proowner, p.proacl, ''
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OWN} AND p.oid >= 16384 AND p.prokind
    IN ('f', 'p') AND NOT EXISTS
  (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text, t.typowner,
    t.typacl, ''
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE {OWN} AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
UNION ALL SELECT 'TABLE', c.oid::regclass::text, c.relowner, a.attacl, quote_ident(a.attname) FROM
    pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {OWN} AND a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL"""
PRIVILEGES = """SELECT g.kind, g.name, g.owner, pg_get_userbyid(g.owner), g.col, array_to_string(g.acl,
    E'\\n')
FROM ({granted}) g (kind, name, owner, acl, col)"""
DEFAULTS = """SELECT pg_get_userbyid(d.defaclrole), d.defaclrole, n.nspname, d.defaclobjtype,
    array_to_string(d.defaclacl, E'\\n')
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace"""
OWNER = "SELECT pg_get_userbyid(10)"
# An aclitem: who, what (a star: with the right to grant it on), by whom; names in quotes where need be.
ITEM = re.compile(r'(?P<to>"(?:[^"]|"")*"|[^"=]*)=(?P<letters>[a-zA-Z*]*)/.*')
LETTERS = {
    "r": "SELECT", "w": "UPDATE", "a": "INSERT", "d": "DELETE", "D": "TRUNCATE", "x": "REFERENCES",
    "t": "TRIGGER", "X": "EXECUTE", "U": "USAGE", "C": "CREATE", "c": "CONNECT", "T": "TEMPORARY",
    "m": "MAINTAIN",
}  # fmt: skip
DEFAULT_KINDS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS"}
POLICIES = """SELECT format('%I.%I', schemaname, tablename), policyname, permissive, roles, cmd, qual,
    with_check FROM pg_policies
ORDER BY 1, 2"""
COMMENTS = f"""
SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN
    'i' THEN 'INDEX'
    WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, c.oid::regclass::text, d.description
  FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid JOIN
    pg_namespace n ON n.oid = c.relnamespace
  WHERE d.objsubid = 0 AND {OWN}
UNION ALL SELECT 'COLUMN', c.oid::regclass::text || '.' || quote_ident(a.attname), d.description
  FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid JOIN
    pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid WHERE d.objsubid > 0 AND {OWN}
UNION ALL SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text, d.description
  FROM pg_description d JOIN pg_type t ON d.classoid = 'pg_type'::regclass AND t.oid = d.objoid JOIN
    pg_namespace n ON n.oid = t.typnamespace
  WHERE {OWN}
UNION ALL SELECT 'FUNCTION', p.oid::regprocedure::text, d.description
  FROM pg_description d JOIN pg_proc p ON d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid JOIN
    pg_namespace n ON n.oid = p.pronamespace
  WHERE {OWN}
UNION ALL SELECT 'SCHEMA', quote_ident(n.nspname), d.description
  FROM pg_description d JOIN pg_namespace n ON d.classoid = 'pg_namespace'::regclass AND n.oid = d.objoid
    WHERE {OWN}
    AND NOT (n.nspname = 'public' AND d.description = 'standard public schema')
UNION ALL SELECT 'CONSTRAINT', quote_ident(k.conname) || ' ON ' || CASE WHEN k.conrelid > 0 THEN
    k.conrelid::regclass::text
    ELSE 'DOMAIN ' || k.contypid::regtype::text END, d.description
  FROM pg_description d JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
UNION ALL SELECT 'ROLE', quote_ident(r.rolname), d.description
  FROM pg_shdescription d JOIN pg_roles r ON d.classoid = 'pg_authid'::regclass AND r.oid = d.objoid WHERE
    r.oid <> 10"""


def roles(ask: Ask) -> Iterator[str]:
    """Yield the statements that make the roles, and members of each other."""
    for name, *rest in ask(ROLES):
        flags = [flag if rest[place] == "t" else f"NO{flag}" for place, flag in enumerate(FLAGS)]
        limit, password, until = rest[len(FLAGS) :]
        said = f"CREATE ROLE {quote_ident(name or '')} WITH {' '.join(flags)}"
        said += f" CONNECTION LIMIT {limit}" if limit != "-1" else ""
        said += f" PASSWORD {quoted_text(password)}" if password else ""
        yield said + (f" VALID UNTIL {quoted_text(until)};" if until else ";")
    for group, member, is_admin, inherits, sets in ask(MEMBERS):
        options = [f"{word} {'TRUE' if on == 't' else 'FALSE'}" for word, on in
                   (("ADMIN", is_admin), ("INHERIT", inherits), ("SET", sets))]  # fmt: skip
        yield f"GRANT {quote_ident(group or '')} TO {quote_ident(member or '')} WITH {', '.join(options)};"


def rights(ask: Ask, known: DumpedDefinitions) -> Iterator[str]:
    """Yield owners, privileges, policies and comments."""
    ((owner_of_all,),) = ask(OWNER)
    owners, revokes, grants = dict[str, None](), dict[str, None](), dict[str, None]()
    for kind, name, owner, owner_name, column, items in ask(PRIVILEGES.format(granted=GRANTED)):
        if owner != "10" and not column:
            owners[f"ALTER {kind} {name} OWNER TO {quote_ident(owner_name or '')};"] = None
        if items is None:
            continue
        on = "TABLE" if kind in ("VIEW", "MATERIALIZED VIEW") else "TYPE" if kind == "DOMAIN" else kind
        if not column:
            revokes[f"REVOKE ALL ON {on} {name} FROM PUBLIC;"] = None
            if owner != "10":
                revokes[f"REVOKE ALL ON {on} {name} FROM {quote_ident(owner_name or '')};"] = None
        for to, right, option in _granted(items, owner_of_all):
            said = f"{right}({column})" if column else right
            grants[f"GRANT {said} ON {on} {name} TO {to}{option};"] = None
    yield from owners
    yield from revokes
    yield from grants
    for role, role_id, schema, kind, items in ask(DEFAULTS):
        by = "" if role_id == "10" else f" FOR ROLE {quote_ident(role or '')}"
        where = f" IN SCHEMA {quote_ident(schema)}" if schema else ""
        for to, right, option in _granted(items or "", owner_of_all):
            said = f"GRANT {right} ON {DEFAULT_KINDS[kind or '']} TO {to}{option};"
            yield f"ALTER DEFAULT PRIVILEGES{by}{where} {said}"
    yield from _policies(ask, known)
    for kind, name, text in ask(COMMENTS):
        yield f"COMMENT ON {kind} {name} IS {quoted_text(text or '')};"


def _granted(items: str, owner_of_all: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield who has which right, and whether to grant it on, of the lines of an ACL; but for the database's
    owner, who has them all."""
    for item in filter(None, items.split("\n")):
        found = ITEM.fullmatch(item)
        assert found is not None, f"{item} is an aclitem"
        to = found["to"]
        name = to[1:-1].replace('""', '"') if to.startswith('"') else to
        if name == owner_of_all:
            continue
        for letter, star in re.findall(r"([a-zA-Z])(\*?)", found["letters"]):
            option = " WITH GRANT OPTION" if star else ""
            yield quote_ident(name) if name else "PUBLIC", LETTERS[letter], option


def _policies(ask: Ask, known: DumpedDefinitions) -> Iterator[str]:
    for table in known.tables():
        has, forces = table.row_security
        if has:
            yield f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY;"
        if forces:
            yield f"ALTER TABLE ONLY {table.name} FORCE ROW LEVEL SECURITY;"
    for table_name, name, permissive, to, command, using, check in ask(POLICIES):
        said = f"CREATE POLICY {quote_ident(name or '')} ON {table_name}"
        said += " AS RESTRICTIVE" if permissive == "RESTRICTIVE" else ""
        said += "" if command == "ALL" else f" FOR {command}"
        receivers = (to or "{}")[1:-1]
        said += "" if receivers == "public" else f" TO {receivers.replace(',', ', ')}"
        said += "" if using is None else f" USING ({using})"
        yield said + (";" if check is None else f" WITH CHECK ({check});")
