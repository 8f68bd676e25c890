"""The tools: what each is called, takes and does. Rows come as JSON, long values shortened.

Nothing is written unless that is allowed: a statement that gives rows runs alone, in a transaction that may
only read and is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vql.console.answers import bytea_of
from vql.console.embedding import Embed, embedding_of
from vql.console.lanes import Turn
from vql.console.relations import OPERATORS, Relation, relation_named, tables
from vql.console.search import (
    LIMIT_MAX,
    Search,
    moment_of,
    numbers_text,
    single_statement,
    with_short_vectors,
)
from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, NotSupportedError, ProgrammingError
from vql.functions.text.formatting import quote_ident, quote_literal
from vql.language import parser
from vql.language.lexer import scan
from vql.link.link import Heading, Outcome

# What statements that give rows begin with, or are in parentheses. Others may do what no transaction that may
# only read keeps them from: COPY writes files, SET, LOCK and PREPARE outlast it.
ROWS_BEGIN = frozenset(("select", "values", "table", "with", "show", "explain"))
ROWS_DEFAULT, ROWS_MAX = 50, 200
TEXT_MAX = 2_000
NUMBERS_SHOWN = 8
MOMENT = "a version (7), a time ('2026-01-31 12:00') or 'snapshot NAME'"
Arguments = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: `properties` are those of its JSON Schema, `call` gives the text of its answer."""

    name: str
    description: str
    properties: dict[str, dict[str, Any]]
    required: tuple[str, ...]
    call: Callable[[Turn, Arguments], str]
    reads_only: bool = True

    def listed(self) -> dict[str, Any]:
        """Return the tool as tools/list has it."""
        schema = {"type": "object", "properties": self.properties, "required": list(self.required)}
        hints = {"readOnlyHint": self.reads_only, "openWorldHint": False}
        return {
            "name": self.name, "description": self.description, "annotations": hints,
            "inputSchema": {**schema, "additionalProperties": False},
        }  # fmt: skip


class Tools:
    """The tools over one database; `writes` says whether statements may change it."""

    def __init__(self, embed: Embed | None, writes: bool) -> None:
        self._embed = embed
        self._writes = writes
        text = {"type": "string"}
        limit = {"type": "integer", "minimum": 1, "maximum": ROWS_MAX, "default": ROWS_DEFAULT}
        moment = {"type": "string", "description": MOMENT}
        of_table = {
            "table": {
                "type": "string",
                "description": "the table, behind its schema and a dot where not in public",
            }
        }
        self.all = {
            tool.name: tool
            for tool in (
                Tool("schema", "List tables with their columns, indexes and rows.", {}, (), self._schema),
                Tool(
                    "query",
                    "Run one SQL statement (PostgreSQL's dialect, pgvector's operators, AS OF)."
                    + ("" if writes else " It may only read."),
                    {"sql": text, "limit": limit}, ("sql",), self._query, not writes,
                ),
                Tool(
                    "search_similar", "Find the rows of a table whose vectors are nearest.",
                    {
                        **of_table, "column": {**text, "description": "the column of vectors"},
                        "like_key": {**text, "description": "near the row with this primary key"},
                        "like_vector": {"type": "array", "items": {"type": "number"}},
                        "like_text": {**text, "description": "near these words"},
                        "metric": {"enum": list(OPERATORS), "default": "l2"},
                        "where": {**text, "description": "a condition of SQL"},
                        "as_of": moment, "limit": limit,
                    },
                    ("table", "column"), self._search,
                ),
                Tool(
                    "as_of", "Run one query as of an earlier moment.",
                    {"sql": text, "moment": moment, "limit": limit}, ("sql", "moment"), self._as_of,
                ),
                Tool(
                    "changes_between",
                    "List the rows of a table that were inserted and deleted between two moments.",
                    {**of_table, "from": moment, "to": {**moment, "default": "now"}, "limit": limit},
                    ("table", "from"), self._changes,
                ),
                Tool("explain", "Show the plan of a query.", {"sql": text}, ("sql",), self._explain),
            )
        }  # fmt: skip

    def _schema(self, turn: Turn, given: Arguments) -> str:
        found = [
            {
                "table": f"{table['schema']}.{table['name']}", "kind": table["kind"], "rows": table["rows"],
                "comment": table["comment"],
                "columns": {c["name"]: c["type"] + (", key" if c["key"] else "") for c in table["columns"]},
                "indexes": [index["definition"] for index in table["indexes"]],
            }
            for table in tables(turn)
        ]  # fmt: skip
        return json.dumps(found, ensure_ascii=False)

    def _query(self, turn: Turn, given: Arguments) -> str:
        sql = single_statement(str(given["sql"]))
        if self._writes:
            return answer_text(turn.ask(sql)[-1], given)
        with reading(turn, "BEGIN READ ONLY"):
            return answer_text(turn.ask(giving_rows(sql))[-1], given)

    def _as_of(self, turn: Turn, given: Arguments) -> str:
        sql = giving_rows(single_statement(str(given["sql"])))
        with reading(turn, f"BEGIN AS OF {moment_of(str(given['moment']))}"):
            return answer_text(turn.ask(sql)[-1], given)

    def _explain(self, turn: Turn, given: Arguments) -> str:
        with reading(turn, "BEGIN READ ONLY"):
            rows = turn.rows(f"EXPLAIN {single_statement(str(given['sql']))}")
        return with_short_vectors("\n".join(row[0] or "" for row in rows))

    def _search(self, turn: Turn, given: Arguments) -> str:
        with reading(turn, "BEGIN READ ONLY"):
            table, column = _table_of(turn, given), str(given["column"])
            conditions = [f"({single_condition(str(given['where']))}\n)"] if given.get("where") else []
            search = Search(
                table, column, str(given.get("metric", "l2")), self._near(turn, table, given), conditions,
                moment_of(str(given.get("as_of") or "")), min(_limit(given), LIMIT_MAX),
            )  # fmt: skip
            return answer_text(turn.ask(search.sql())[-1], given)

    def _near(self, turn: Turn, table: Relation, given: Arguments) -> str:
        if "like_vector" in given:
            return numbers_text(given["like_vector"])
        if "like_text" in given:
            return numbers_text(embedding_of(self._embed, str(given["like_text"])))
        if "like_key" not in given:
            raise InvalidParameterValue(
                "one of like_key, like_vector and like_text says what is searched for"
            )
        if table.key is None:
            raise NotSupportedError("the table has no primary key of one column: give like_vector")
        vector, key = table.vector(str(given["column"])), quote_literal(str(given["like_key"]))
        found = turn.rows(f"SELECT {vector} FROM {table.sql} WHERE {quote_ident(table.key)} = {key}")
        if not found or found[0][0] is None:
            raise ProgrammingError(
                f"there is no vector with {table.key} = {given['like_key']}", sqlstate="02000"
            )
        return found[0][0]

    def _changes(self, turn: Turn, given: Arguments) -> str:
        with reading(turn, "BEGIN READ ONLY"):
            table = _table_of(turn, given)
            ends = [str(given["from"]), str(given.get("to", "now"))]
            first, last = ("now()" if end == "now" else moment_of(end) for end in ends)
            sql = f"SELECT * FROM {table.sql} VERSIONS BETWEEN {first} AND {last} LIMIT {_limit(given) + 1}"
            return answer_text(turn.ask(sql)[-1], given)


def giving_rows(sql: str) -> str:
    """Return a statement that gives rows. Raises 25006 for others."""
    first = next((each.value for each in scan(sql, False) if each.value != "("), "")
    if first not in ROWS_BEGIN:
        raise ProgrammingError(
            "only what gives rows is run: SELECT, VALUES, TABLE, WITH, SHOW, EXPLAIN",
            sqlstate="25006",
            hint="vql mcp --write lets query run other statements.",
        )
    return sql


def single_condition(text: str) -> str:
    """Return a text that is one condition, and ends nothing of the statement around it. Raises 42601."""
    parser.parse_expression(text)
    return text


@contextmanager
def reading(turn: Turn, begin: str) -> Iterator[None]:
    """A transaction that may only read, and is rolled back. Raises 25001 where query has one open."""
    if turn.link.status != "I":
        raise ProgrammingError(
            "a transaction is open", sqlstate="25001", hint="query ends it with COMMIT or ROLLBACK."
        )
    turn.ask(begin)
    try:
        yield
    finally:
        if turn.link.status != "I":
            turn.link.run("ROLLBACK")


def answer_text(answer: Outcome, given: Arguments) -> str:
    """Return an answer as JSON: columns with their types, and at most as many rows as were asked for."""
    if answer.headings is None:
        said = [f"{remark.severity}: {remark.text}" for remark in answer.remarks]
        return "\n".join([answer.tag, *said])
    rows = answer.rows[: _limit(given)]
    found: dict[str, object] = {
        "columns": {heading.name: heading.type for heading in answer.headings},
        "rows": [[_short(h, v) for h, v in zip(answer.headings, row, strict=True)] for row in rows],
    }
    if len(answer.rows) > len(rows):
        found["more"] = f"{len(rows)} of {len(answer.rows)} rows: ask for fewer, or raise limit to {ROWS_MAX}"
    return json.dumps(found, ensure_ascii=False)


def _short(heading: Heading, value: str | None) -> str | None:
    if value is None:
        return None
    if heading.dense and value.count(",") > NUMBERS_SHOWN:
        first = value.split(",", NUMBERS_SHOWN)[:NUMBERS_SHOWN]
        return f"{','.join(first)},... {value.count(',') + 1} numbers]"
    if heading.binary:
        return f"{len(bytea_of(value))} bytes"
    return value if len(value) <= TEXT_MAX else f"{value[:TEXT_MAX]}... {len(value)} characters"


def _limit(given: Arguments) -> int:
    return max(1, min(int(given.get("limit", ROWS_DEFAULT)), ROWS_MAX))


def _table_of(turn: Turn, given: Arguments) -> Relation:
    schema, dot, name = str(given["table"]).rpartition(".")
    return relation_named(turn, schema if dot else "public", name)
