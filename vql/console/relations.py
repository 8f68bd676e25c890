"""What the page knows of tables: the list of them, and of one its history and what filters can be made of.

All of it is asked of PostgreSQL's catalog and of `vql_indexes` and `vql_versions`.
"""

from __future__ import annotations

from vql.console.answers import Json
from vql.console.lanes import Turn
from vql.dataclass import dataclass
from vql.errors import DatatypeMismatch, Error, UndefinedColumn, UndefinedTable
from vql.functions.text.formatting import quote_ident, quote_literal

TABLES = """\
SELECT n.nspname, c.relname, c.relkind, c.reltuples::bigint, obj_description(c.oid, 'pg_class'), c.oid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2 LIMIT 2000"""
COLUMNS = """\
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attnum,
  t.typname IN ('vector', 'halfvec')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum"""
INDEXES = """\
SELECT x.indrelid, i.relname, pg_get_indexdef(i.oid), x.indisprimary, x.indkey::text
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
ORDER BY 1, 2"""
# Kinds of relations by the letters that pg_class has for them.
KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}
# The operators of distances and the operator classes that mean them.
OPERATORS = {"l2": "<->", "cosine": "<=>", "inner product": "<#>", "l1": "<+>"}
CLASSES = {"l2_ops": "l2", "cosine_ops": "cosine", "ip_ops": "inner product", "l1_ops": "l1"}
# A column of at most so many values among the first rows is filtered by boxes to tick.
VALUES_MAX, ROWS_LOOKED_AT = 12, 50_000
# Versions that the slider has; where there are more, each stands for some.
VERSIONS_SHOWN = 400


# pg_type's categories of what filters are made of: numbers, moments, and what is ticked.
NUMBERS, MOMENTS, TICKED = "N", "D", ("N", "D", "S", "B", "E")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its type as SQL has it and pg_type's category of it; `dense` are vectors to search in,
    `sparse` those that are not, `binary` is bytea."""

    type: str
    category: str
    dense: bool
    sparse: bool
    binary: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as Search and Map use it: its name in SQL, its columns in their order, and the column that is
    its key where one alone is."""

    schema: str
    name: str
    columns: dict[str, TableColumn]
    key: str | None

    @property
    def sql(self) -> str:
        """The name as a statement has it."""
        return f"{quote_ident(self.schema)}.{quote_ident(self.name)}"

    def column(self, name: str) -> TableColumn:
        """Return a column. Raises 42703."""
        if name not in self.columns:
            raise UndefinedColumn(f'column "{name}" does not exist')
        return self.columns[name]

    def vector(self, name: str) -> str:
        """Return the name, as a statement has it, of a column that holds vectors. Raises 42703, 42804."""
        if not self.column(name).dense:
            raise DatatypeMismatch(f'column "{name}" holds no vectors')
        return quote_ident(name)

    @property
    def shown(self) -> list[str]:
        """The columns that are no vectors."""
        return [name for name, column in self.columns.items() if not (column.dense or column.sparse)]


def tables(turn: Turn) -> list[Json]:
    """Return all tables and views with their columns and indexes."""
    found: dict[str, Json] = {}
    for schema, name, kind, rows, comment, oid in turn.rows(TABLES):
        found[oid or ""] = {
            "schema": schema, "name": name, "kind": KINDS[kind or ""], "rows": int(rows or -1),
            "comment": comment, "columns": [], "indexes": [],
        }  # fmt: skip
    numbers: dict[str, dict[str, Json]] = {oid: {} for oid in found}
    for oid, name, type_, required, number, dense in turn.rows(COLUMNS):
        if oid in found:
            column: Json = {
                "name": name,
                "type": type_,
                "required": required == "t",
                "key": False,
                "metrics": [],
            }
            column["vector"] = dense == "t"
            found[oid]["columns"].append(column)
            numbers[oid][number or ""] = column
    for oid, name, definition, primary, keys in turn.rows(INDEXES):
        if oid in found:
            found[oid]["indexes"].append({"name": name, "definition": definition})
            columns = [numbers[oid][n] for n in (keys or "").split() if n in numbers[oid]]
            for column in columns:
                column["key"] = column["key"] or primary == "t"
                column["metrics"] += [
                    m for ending, m in CLASSES.items() if f"_{ending}" in (definition or "")
                ]
    return list(found.values())


def relation_named(turn: Turn, schema: str, name: str) -> Relation:
    """Return what is known of one table. Raises 42P01."""
    table = f"to_regclass({quote_literal(f'{quote_ident(schema)}.{quote_ident(name)}')})"
    columns = turn.rows(
        "SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory, "
        "t.typname IN ('vector', 'halfvec'), t.typname = 'sparsevec', t.typname = 'bytea' "
        f"FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        f"WHERE a.attrelid = {table} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    )
    if not columns:
        raise UndefinedTable(f'relation "{schema}.{name}" does not exist')
    keys = turn.rows(f"SELECT x.indkey::text FROM pg_index x WHERE x.indisprimary AND x.indrelid = {table}")
    numbers = (keys[0][0] or "").split() if keys else []
    key = next((row[1] for row in columns if [row[0]] == numbers), None)
    found = {
        row[1] or "": TableColumn(row[2] or "", row[3] or "", *(flag == "t" for flag in row[4:]))
        for row in columns
    }
    return Relation(schema, name, found, key)


def facets(turn: Turn, table: Relation) -> list[Json]:
    """Return what filters can be made of the columns: the values of those that have few among the first rows,
    ends of numbers and moments over all."""
    found: list[Json] = []
    for name in table.shown:
        category = table.columns[name].category
        if name == table.key or category not in TICKED:
            continue
        column = quote_ident(name)
        few = turn.rows(
            f"SELECT v::text, count(*) FROM (SELECT {column} AS v FROM {table.sql} LIMIT {ROWS_LOOKED_AT}) s "
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {VALUES_MAX + 1}"
        )
        if len(few) <= VALUES_MAX:
            values = [{"value": value, "rows": int(count or 0)} for value, count in few]
            found.append({"column": name, "values": values})
        elif category in (NUMBERS, MOMENTS):
            ends = turn.rows(f"SELECT min({column})::text, max({column})::text FROM {table.sql}")[0]
            kind = "number" if category == NUMBERS else table.columns[name].type
            found.append({"column": name, "kind": kind, "from": ends[0], "to": ends[1]})
    return found


def history(turn: Turn, table: Relation) -> list[Json]:
    """Return the versions in which a table was changed, with their times, the oldest first; empty where the
    server has no `vql_versions`."""
    called = quote_literal(table.name if table.schema == "public" else f"{table.schema}.{table.name}")
    try:
        named = {version: name for name, version in turn.rows("SELECT name, version FROM vql_snapshots")}
        rows = turn.rows(
            "SELECT version, time, inserted, deleted FROM vql_versions "
            f"WHERE {called} = ANY (tables) ORDER BY version"
        )
    except Error as error:
        if error.sqlstate != "42P01":
            raise
        return []
    step = -(-len(rows) // VERSIONS_SHOWN) if rows else 1
    last = len(rows) - 1
    return [
        {
            "version": version,
            "time": time,
            "inserted": inserted,
            "deleted": deleted,
            "snapshot": named.get(version),
        }
        for number, (version, time, inserted, deleted) in enumerate(rows)
        if version in named or (last - number) % step == 0
    ]
