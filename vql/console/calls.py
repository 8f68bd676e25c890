"""What the page may ask: each call takes JSON and gives JSON.

The editor's statements run in the lane `editor`, where a transaction block lives from one to the next; all
else runs in lanes of its own, in which a newer question takes the place of an older one.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable

import numpy as np

from vql.console.answers import (
    MALFORMED,
    Json,
    answer_json,
    bytea_of,
    columns_json,
    error_json,
    picture_type,
    shown_rows,
)
from vql.console.embedding import HINT, Embed, embedding_of
from vql.console.lanes import Lane, Lanes, Turn
from vql.console.projection import has_umap, plane, sample_size
from vql.console.relations import NUMBERS, OPERATORS, Relation, facets, history, relation_named, tables
from vql.console.search import (
    LIMIT_DEFAULT,
    Search,
    condition,
    moment_of,
    numbers_text,
    single_statement,
    with_short_vectors,
)
from vql.dataclass import dataclass
from vql.errors import Error, InvalidParameterValue, ProgrammingError
from vql.functions.text.formatting import quote_ident, quote_literal
from vql.link.link import Heading, Link, Outcome
from vql.types.forms.ndarrays import F32

# What Status shows: relations of VQL, and what they say.
STATUS = {
    "Indexes": "SELECT * FROM vql_indexes ORDER BY table_name, index_name, segment_id",
    "Recall measured": "SELECT * FROM vql_recall ORDER BY table_name, index_name, segment_id",
    "Segments": "SELECT * FROM vql_segments ORDER BY table_name, segment_id",
    "Jobs": "SELECT * FROM vql_jobs ORDER BY job",
}
ROWS_ASKED_MAX = 1_000
SELECTED_MAX = 200
# Numbers of a vector that are drawn where a row has no picture.
SKETCH_MAX = 1_024


@dataclass(frozen=True, slots=True)
class Content:
    """A cell as a file: its media type and bytes."""

    type: str
    data: bytes


class ConsoleCalls:
    """The database behind a page."""

    def __init__(self, open_link: Callable[[], Link], name: str, embed: Embed | None) -> None:
        self.lanes = Lanes(open_link)
        self._name = name
        self._embed = embed
        self._answers: dict[str, Callable[[str, Json], Json]] = {
            "hello": self._hello, "tables": self._tables, "run": self._run, "explain": self._explain,
            "rows": self._rows, "cancel": self._cancel, "facets": self._facets, "search": self._search,
            "plan": self._plan, "map": self._map, "selected": self._selected, "status": self._status,
        }  # fmt: skip

    def __contains__(self, name: str) -> bool:
        return name in self._answers

    def answer(self, name: str, page: str, given: Json) -> Json:
        """Answer a call of a page; what is refused is an answer too."""
        started = time.perf_counter()
        try:
            found = self._answers[name](page, given)
        except Error as error:
            found = {"error": error_json(error)}
        except MALFORMED as error:
            found = {
                "error": error_json(InvalidParameterValue(f"the page's question is malformed: {error!r}"))
            }
        return {"ms": (time.perf_counter() - started) * 1e3, **found}

    def cell(self, page: str, lane: str, answer: int, row: int, column: int) -> Content:
        """Return the whole of a cell of an answer that is kept. Raises 02000."""
        found = self.lanes.lane(page, lane).kept(answer)
        headings = found.headings or ()
        if not (0 <= row < len(found.rows) and 0 <= column < len(headings)):
            raise Error("there is no such cell", sqlstate="02000")
        value = found.rows[row][column] or ""
        if headings[column].binary:
            data = bytea_of(value)
            return Content(picture_type(data[:16]) or "application/octet-stream", data)
        return Content("text/plain; charset=utf-8", value.encode())

    # -------------------------------------------------------------- the editor

    def _hello(self, page: str, given: Json) -> Json:
        return {
            "name": self._name, "embeds": self._embed is not None, "embedding_hint": HINT, "umap": has_umap(),
            "metrics": list(OPERATORS), "limit": LIMIT_DEFAULT,
            "status": self.lanes.lane(page, "editor").status,
        }  # fmt: skip

    def _tables(self, page: str, given: Json) -> Json:
        return {"tables": self.lanes.lane(page, "look").work(tables, replaces=True)}

    def _run(self, page: str, given: Json) -> Json:
        lane, sql = self.lanes.lane(page, "editor"), str(given["sql"])

        def work(turn: Turn) -> list[Json]:
            return [answer_json(found, _kept(turn, found)) for found in turn.ask(sql)]

        try:
            _same_block(lane, given)
            return {"answers": lane.work(work, replaces=False), "status": lane.status}
        except Error as error:
            return {"error": error_json(error), "status": lane.status}

    def _explain(self, page: str, given: Json) -> Json:
        lane, front = self.lanes.lane(page, "editor"), "EXPLAIN "
        try:
            _same_block(lane, given)
            sql = front + single_statement(str(given["sql"]))
            rows = lane.work(lambda turn: turn.rows(sql), replaces=False)
        except Error as error:
            return {"error": error_json(error, -len(front)), "status": lane.status}
        return {"plan": with_short_vectors("\n".join(row[0] or "" for row in rows)), "status": lane.status}

    def _rows(self, page: str, given: Json) -> Json:
        found = self.lanes.lane(page, str(given["lane"])).kept(int(given["answer"]))
        first, count = int(given["first"]), min(int(given.get("count", ROWS_ASKED_MAX)), ROWS_ASKED_MAX)
        return {"rows": shown_rows(found, max(0, first), max(0, count)), "total": len(found.rows)}

    def _cancel(self, page: str, given: Json) -> Json:
        return {"cancelled": self.lanes.lane(page, str(given["lane"])).cancel()}

    # -------------------------------------------------------------- search

    def _facets(self, page: str, given: Json) -> Json:
        def work(turn: Turn) -> Json:
            table = _table(turn, given)
            return {"facets": facets(turn, table), "history": history(turn, table), "key": table.key}

        return self.lanes.lane(page, "facets").work(work, replaces=True)

    def _search(self, page: str, given: Json) -> Json:
        lane = self.lanes.lane(page, "search")

        def work(turn: Turn) -> Json:
            search = self._search_of(lane, turn, given)
            answer = turn.ask(search.sql(with_vector=True))[-1]
            return {
                "sql": with_short_vectors(search.sql()),
                "full": search.sql(),
                "near": search.near,
                **_hits(turn, answer),
            }

        return lane.work(work, replaces=True)

    def _plan(self, page: str, given: Json) -> Json:
        search_lane = self.lanes.lane(page, "search")

        def work(turn: Turn) -> Json:
            search = self._search_of(search_lane, turn, given)
            measured = "ANALYZE, RECALL" if search.near is not None else "ANALYZE"
            rows = turn.rows(f"EXPLAIN ({measured}) {search.sql()}")
            return {"plan": with_short_vectors("\n".join(row[0] or "" for row in rows))}

        return self.lanes.lane(page, "plan").work(work, replaces=True)

    def _search_of(self, lane: Lane, turn: Turn, given: Json) -> Search:
        table = _table(turn, given)
        return Search(
            table,
            str(given["column"]),
            str(given.get("metric", "l2")),
            self._near(lane, turn, table, given),
            [condition(table, wanted) for wanted in given.get("filters", [])],
            moment_of(str(given.get("as_of") or "")),
            int(given.get("limit", LIMIT_DEFAULT)),
        )

    def _near(self, lane: Lane, turn: Turn, table: Relation, given: Json) -> str | None:
        """Return the text of the vector that is searched for, None where the first rows are to be shown."""
        like = given.get("like") or {}
        if "vector" in like:
            return str(like["vector"])
        if "row" in like:
            return lane.kept(int(like["answer"])).rows[int(like["row"])][-1]
        if "key" in like:
            if table.key is None:
                raise InvalidParameterValue("the table has no key of one column")
            key, said = quote_ident(table.key), str(like["key"])
            vector = table.vector(str(given["column"]))
            where = f"{key} = {quote_literal(said)} AND {vector} IS NOT NULL"
            found = turn.rows(f"SELECT {vector} FROM {table.sql} WHERE {where}")
            if not found:
                raise ProgrammingError(
                    f"there is no row with {table.key} = {said}, or it has no vector", sqlstate="02000"
                )
            return found[0][0]
        if "picture" in like:
            try:
                picture = base64.b64decode(str(like["picture"]), validate=True)
            except binascii.Error:
                raise InvalidParameterValue("the picture is no base64") from None
            return numbers_text(embedding_of(self._embed, picture))
        if "text" in like:
            return numbers_text(embedding_of(self._embed, str(like["text"])))
        return None

    # -------------------------------------------------------------- map and status

    def _map(self, page: str, given: Json) -> Json:
        def work(turn: Turn) -> Json:
            table = _table(turn, given)
            vector = table.vector(str(given["column"]))
            there = f"FROM {table.sql} WHERE {vector} IS NOT NULL"
            total, dimensions = turn.rows(
                f"SELECT count(*), (SELECT vector_dims({vector}) {there} LIMIT 1) {there}"
            )[0]
            if not int(total or 0):
                raise ProgrammingError("no row has a vector", sqlstate="02000")
            rows = sample_size(int(dimensions or 1))
            # More rows than are wanted by four deviations, and those that are too many left out.
            share = (rows + 4 * rows**0.5) / int(total or 1)
            some = f" AND random() < {share}" if share < 1 else ""
            names = [name for name in table.shown if not table.columns[name].binary]
            columns = [f"{quote_ident(name)}::text" for name in names]
            texts, vectors = turn.link.vectors(
                f"SELECT {', '.join([*columns, f'{vector}::vector'])} {there}{some} LIMIT {rows}"
            )
            known = [table.columns[name] for name in names]
            headings = tuple(
                Heading(name, column.category == NUMBERS, type=column.type)
                for name, column in zip(names, known, strict=True)
            )
            sample = Outcome("", headings, texts)
            return {
                "total": int(total or 0),
                **_places(turn, sample, vectors, str(given.get("method", "pca"))),
            }

        return self.lanes.lane(page, "map").work(work, replaces=True)

    def _selected(self, page: str, given: Json) -> Json:
        """Rows of a map by their numbers in it: by their key, with pictures, where the table has one."""
        lane = self.lanes.lane(page, "map")
        sample = lane.kept(int(given["answer"]))
        headings = sample.headings or ()
        chosen = [list(sample.rows[int(number)]) for number in given["rows"][:SELECTED_MAX]]

        def work(turn: Turn) -> Json:
            table = _table(turn, given)
            if table.key is None:
                found = Outcome("", headings, chosen)
            else:
                place = [heading.name for heading in headings].index(table.key)
                keys = ", ".join(quote_literal(row[place] or "") for row in chosen)
                names = ", ".join(quote_ident(name) for name in table.shown)
                where = f"{quote_ident(table.key)} IN ({keys or 'NULL'})"
                found = turn.ask(f"SELECT {names} FROM {table.sql} WHERE {where} ORDER BY 1")[-1]
            return answer_json(found, turn.keep(found))

        return self.lanes.lane(page, "selected").work(work, replaces=True)

    def _status(self, page: str, given: Json) -> Json:
        def work(turn: Turn) -> Json:
            parts = []
            for title, sql in STATUS.items():
                found = turn.ask(sql)[-1]
                parts.append({"title": title, **answer_json(found, None)})
            about = turn.rows("SELECT version()")[0][0]
            return {"parts": parts, "about": turn.link.about(), "version": about}

        return self.lanes.lane(page, "status").work(work, replaces=True)


def _same_block(lane: Lane, given: Json) -> None:
    """Raise 25P03 where the page has a transaction block open that is there no more: what is meant to be part
    of it must not run by itself."""
    if given.get("block", "I") != "I" and lane.status == "I":
        raise Error(
            "the transaction of this page has ended",
            sqlstate="25P03",
            detail="It was idle for long, its place was needed, or another tab ended it. What it had not "
            "committed is undone.",
            hint="Run the statement again to run it by itself.",
        )


def _table(turn: Turn, given: Json) -> Relation:
    return relation_named(turn, str(given["schema"]), str(given["table"]))


def _kept(turn: Turn, answer: Outcome) -> int | None:
    return turn.keep(answer) if answer.headings is not None else None


def _hits(turn: Turn, answer: Outcome) -> Json:
    """Return what a search found; the last column, the vector, as what can be drawn of it where there is no
    picture."""
    headings = (answer.headings or ())[:-1]
    number = turn.keep(answer)
    rows = [row[:-1] for row in shown_rows(answer)]
    has_pictures = any(heading.binary for heading in headings)
    sketches = [] if has_pictures else [_sketch(row[-1]) for row in answer.rows]
    return {
        "answer": number, "columns": columns_json(headings), "rows": rows, "total": len(rows),
        "sketches": sketches,
    }  # fmt: skip


def _sketch(vector: str | None) -> Json | None:
    """Return a vector as shades: bytes in base64, and how many stand in a line."""
    if vector is None:
        return None
    numbers = np.array(vector[1:-1].split(","), np.float32)
    step = -(-len(numbers) // SKETCH_MAX)
    numbers = numbers[::step]
    low, high = float(numbers.min()), float(numbers.max())
    shades = np.round((numbers - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    line = int(np.ceil(np.sqrt(len(shades))))
    return {"shades": base64.b64encode(shades.tobytes()).decode(), "line": line}


def _places(turn: Turn, sample: Outcome, vectors: F32, method: str) -> Json:
    """Return where the rows of a sample are on the plane, and the values that they can be coloured by."""
    places, shares = plane(vectors, method)
    headings = sample.headings or ()
    values = {heading.name: [row[i] for row in sample.rows] for i, heading in enumerate(headings)}
    return {
        "answer": turn.keep(sample),
        "places": base64.b64encode(np.ascontiguousarray(places, "<f4").tobytes()).decode(),
        "shares": shares,
        "columns": columns_json(headings),
        "values": {name: [None if v is None else v[:60] for v in found] for name, found in values.items()},
    }
