"""What lists of objects ask the catalog, and the names in it for completion and hints."""

from __future__ import annotations

import re

from vql.dataclass import dataclass
from vql.errors import Error
from vql.link.link import Link
from vql.shell.scanner import quoted_text

OWN = "{schema} NOT IN ('pg_catalog', 'information_schema') AND {schema} !~ '^pg_toast'"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of objects: a query in two parts, around the columns that `+` adds.

    `columns` are SQL with names, `more` those of `+`; `name` and `schema` are the columns that a pattern is
    held against; `own` is the condition of what is not part of the system, `visible` of what needs no
    schema's name; `order` how many of the first columns the rows are in the order of.
    """

    title: str
    columns: str
    source: str
    name: str
    schema: str = ""
    more: str = ""
    own: str = ""
    visible: str = ""
    order: str = "1, 2"

    def sql(self, pattern: str | None, plus: bool, system: bool, condition: str = "") -> str:
        """Return the query for a pattern, or for all that is not part of the system."""
        conditions = [condition] if condition else []
        if pattern is not None:
            conditions += pattern_conditions(pattern, self.name, self.schema, self.visible)
        elif not system:
            conditions += [self.own] if self.own else []
            conditions += [self.visible] if self.visible else []
        where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
        columns = f"{self.columns}, {self.more}" if plus and self.more else self.columns
        return f"SELECT {columns}\nFROM {self.source}{where}\nORDER BY {self.order}"


def regex_parts(pattern: str) -> list[str]:
    """Return the regular expressions of a pattern as psql has it, one a name: `*` and `?`, a full stop
    between names, quotes around what is to be taken as it is."""
    parts = [""]
    inside = False
    for character in pattern:
        if character == '"':
            inside = not inside
        elif inside:
            parts[-1] += re.escape(character)
        elif character == ".":
            parts.append("")
        elif character in "*?":
            parts[-1] += ".*" if character == "*" else "."
        else:
            parts[-1] += re.escape(character.lower())
    return parts


def pattern_conditions(pattern: str, name: str, schema: str, visible: str) -> list[str]:
    """Return the conditions of a pattern: a schema before a full stop, without one what is `visible`."""
    parts = regex_parts(pattern)
    found = [] if parts[-1] == ".*" else [matches(name, parts[-1])]
    if len(parts) > 1 and schema:
        return [*found, matches(schema, parts[-2])]
    return [*found, visible] if visible else found


def matches(column: str, regex: str) -> str:
    """Return the condition that a regular expression fits a whole name."""
    return f"{column} ~ {quoted_text(f'^({regex})$')}"


RELATION_KINDS = {
    "r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "i": "index",
    "I": "partitioned index", "S": "sequence", "f": "foreign table",
}  # fmt: skip
KIND = " ".join(f"WHEN '{kind}' THEN '{said}'" for kind, said in RELATION_KINDS.items())
RELATIONS = Listing(
    "List of relations",
    f'n.nspname AS "Schema", c.relname AS "Name", CASE c.relkind {KIND} END AS "Type", '
    'pg_get_userbyid(c.relowner) AS "Owner"',
    "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
    "c.relname", "n.nspname",
    more="CASE c.relpersistence WHEN 't' THEN 'temporary' WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS "
    '"Persistence", pg_size_pretty(pg_table_size(c.oid)) AS "Size", '
    "obj_description(c.oid, 'pg_class') AS \"Description\"",
    own=OWN.format(schema="n.nspname"), visible="pg_table_is_visible(c.oid)",
)  # fmt: skip
INDEXES = Listing(
    "List of relations",
    f'n.nspname AS "Schema", c.relname AS "Name", CASE c.relkind {KIND} END AS "Type", '
    'pg_get_userbyid(c.relowner) AS "Owner", t.relname AS "Table"',
    "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid "
    "JOIN pg_class t ON t.oid = i.indrelid JOIN pg_am a ON a.oid = c.relam",
    "c.relname", "n.nspname",
    more='a.amname AS "Access method", pg_size_pretty(pg_relation_size(c.oid)) AS "Size", '
    "obj_description(c.oid, 'pg_class') AS \"Description\"",
    own=OWN.format(schema="n.nspname"), visible="pg_table_is_visible(c.oid)",
)  # fmt: skip
SCHEMAS = Listing(
    "List of schemas",
    'n.nspname AS "Name", pg_get_userbyid(n.nspowner) AS "Owner"',
    "pg_namespace n", "n.nspname",
    more="array_to_string(n.nspacl, E'\\n') AS \"Access privileges\", "
    "obj_description(n.oid, 'pg_namespace') AS \"Description\"",
    own="n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'", order="1",
)  # fmt: skip
FUNCTIONS = Listing(
    "List of functions",
    'n.nspname AS "Schema", p.proname AS "Name", pg_get_function_result(p.oid) AS "Result data type", '
    'pg_get_function_arguments(p.oid) AS "Argument data types", '
    "CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc' ELSE 'func' END "
    'AS "Type"',
    "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang",
    "p.proname", "n.nspname",
    more="CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS "
    '"Volatility", pg_get_userbyid(p.proowner) AS "Owner", l.lanname AS "Language", '
    "obj_description(p.oid, 'pg_proc') AS \"Description\"",
    # Those of an extension are found by a pattern; without one they would hide what was made here.
    own=OWN.format(schema="n.nspname")
    + " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid"
    " AND d.deptype = 'e')",
    visible="pg_function_is_visible(p.oid)", order="1, 2, 4",
)  # fmt: skip
TYPES = Listing(
    "List of data types",
    'n.nspname AS "Schema", format_type(t.oid, NULL) AS "Name", obj_description(t.oid, \'pg_type\') AS '
    '"Description"',
    "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace",
    "t.typname", "n.nspname",
    more="array_to_string(ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid "
    "ORDER BY e.enumsortorder), E'\\n') AS \"Elements\", pg_get_userbyid(t.typowner) AS \"Owner\"",
    own=OWN.format(schema="n.nspname"), visible="pg_type_is_visible(t.oid)",
)  # fmt: skip
GRANTED = "c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')"
NO_ARRAYS_NO_ROWS = (
    "t.typelem = 0 AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid "
    "AND c.relkind = 'c'))"
)
ROLES = Listing(
    "List of roles",
    'r.rolname AS "Role name", concat_ws(\', \', CASE WHEN r.rolsuper THEN \'Superuser\' END, '
    "CASE WHEN NOT r.rolinherit THEN 'No inheritance' END, CASE WHEN r.rolcreaterole THEN 'Create role' END, "
    "CASE WHEN r.rolcreatedb THEN 'Create DB' END, CASE WHEN NOT r.rolcanlogin THEN 'Cannot login' END, "
    "CASE WHEN r.rolreplication THEN 'Replication' END, CASE WHEN r.rolbypassrls THEN 'Bypass RLS' END) AS "
    '"Attributes"',
    "pg_roles r", "r.rolname",
    more="array_to_string(ARRAY(SELECT b.rolname FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid "
    "WHERE m.member = r.oid ORDER BY 1), ', ') AS \"Member of\"",
    own="r.rolname !~ '^pg_'", order="1",
)  # fmt: skip
DATABASES = Listing(
    "List of databases",
    'd.datname AS "Name", pg_get_userbyid(d.datdba) AS "Owner", pg_encoding_to_char(d.encoding) '
    'AS "Encoding", d.datcollate AS "Collate", array_to_string(d.datacl, E\'\\n\') AS "Access privileges"',
    "pg_database d", "d.datname",
    more='pg_size_pretty(pg_database_size(d.datname)) AS "Size"', order="1",
)  # fmt: skip
EXTENSIONS = Listing(
    "List of installed extensions",
    'e.extname AS "Name", e.extversion AS "Version", n.nspname AS "Schema", '
    "obj_description(e.oid, 'pg_extension') AS \"Description\"",
    "pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace", "e.extname", order="1",
)  # fmt: skip
PRIVILEGES = Listing(
    "Access privileges",
    f'n.nspname AS "Schema", c.relname AS "Name", CASE c.relkind {KIND} END AS "Type", '
    "array_to_string(c.relacl, E'\\n') AS \"Access privileges\"",
    "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace", "c.relname", "n.nspname",
    own=OWN.format(schema="n.nspname"), visible="pg_table_is_visible(c.oid)",
)  # fmt: skip
OPERATOR_CLASSES = Listing(
    "List of operator classes",
    'a.amname AS "AM", format_type(o.opcintype, NULL) AS "Input type", o.opcname AS "Operator class", '
    "CASE WHEN o.opcdefault THEN 'yes' ELSE 'no' END AS \"Default?\"",
    "pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod", "a.amname", order="1, 2, 3",
)  # fmt: skip


class CatalogNames:
    """The names of a database as completion and hints need them; those of before where it cannot be asked, as
    in a failed transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.relations: dict[
            str, tuple[str, ...]
        ] = {}  # tables and views that need no schema's name: columns
        self.indexes: tuple[str, ...] = ()
        self.sequences: tuple[str, ...] = ()
        self.schemas: tuple[str, ...] = ()
        self.functions: tuple[str, ...] = ()
        self.within: dict[str, tuple[str, ...]] = {}  # schema: its tables and views

    def refresh(self) -> None:
        """Ask the catalog, in one query."""
        if self._link.status == "E":
            return
        try:
            rows = self._link.run(NAMES)[0].rows
        except Error:
            return
        found: dict[str, list[str]] = {}
        columns: dict[str, list[str]] = {}
        for kind, schema, name, column, visible in rows:
            if kind == "r" and visible == "t":
                columns.setdefault(str(name), []).extend([column] if column else [])
            if kind == "r" and str(name) not in found.setdefault(f".{schema}", []):
                found[f".{schema}"].append(str(name))
            elif kind != "r":
                found.setdefault(str(kind), []).append(str(name))
        self.relations = {name: tuple(names) for name, names in sorted(columns.items())}
        self.within = {key[1:]: tuple(sorted(names)) for key, names in found.items() if key[0] == "."}
        self.indexes = tuple(sorted(found.get("i", ())))
        self.sequences = tuple(sorted(found.get("S", ())))
        self.schemas = tuple(sorted(found.get("n", ())))
        self.functions = tuple(sorted(set(found.get("f", ()))))


NAMES = f"""
SELECT CASE WHEN c.relkind IN ('i', 'S') THEN c.relkind::text ELSE 'r' END, n.nspname, c.relname, a.attname,
    pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND c.relkind NOT IN ('i', 'S')
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'S') AND {OWN.format(schema="n.nspname")}
UNION ALL SELECT 'n', NULL, n.nspname, NULL, true FROM pg_namespace n WHERE {SCHEMAS.own}
UNION ALL SELECT 'f', NULL, p.proname, NULL, true FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {FUNCTIONS.own} AND {FUNCTIONS.visible}"""
