"""Texts ranked by a bm25 index have the scores that bm25s, another implementation, gives the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bm25s
import numpy as np
import pytest

import vql
from vql.fulltext.configuration import CONFIGURATIONS, STOPPED

WORDS = "red blue green shoes hats cars running happily the and of quickly jumps over lazy dogs".split()
QUERIES = ("red shoes", "the running dogs", "lazy lazy cars", "green", "nothing of it", "happily jumping")
SEALED, GROWING = 6_000, 40


def texts(count: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 12, count)
    chances = np.arange(len(WORDS), 0, -1) ** 2.0
    return [" ".join(random.choice(WORDS, n, p=chances / chances.sum())) for n in lengths]


def words_of(text: str) -> list[str]:
    return [word for word, _ in CONFIGURATIONS["english"].words(text) if word != STOPPED]


def ranker_of(known: dict[int, str], k1: float, b: float) -> Callable[[str], dict[int, float]]:
    """Return what gives the score of each text by bm25s, whose words are those of the configuration."""
    ranker = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    ranker.index([words_of(text) for text in known.values()], show_progress=False)

    def scores(query: str) -> dict[int, float]:
        wanted = [word for word in words_of(query) if word in ranker.vocab_dict]
        found = ranker.get_scores(wanted) if wanted else np.zeros(len(known))
        return dict(zip(known, found.tolist(), strict=True))

    return scores


def check(
    database: vql.Connection, known: dict[int, str], where: str, passes: set[int], tail: str = ""
) -> None:
    scores = ranker_of(known, 1.5, 0.6)
    for query in QUERIES:
        expected = scores(query)
        sql = f"SELECT id, body <@> $1 AS score FROM d{tail} {where} ORDER BY score LIMIT 25"
        found = database.execute(sql, [query]).fetchall()
        best = sorted((expected[number] for number in passes), reverse=True)[:25]
        assert [-score for _, score in found] == pytest.approx(best, rel=1e-6, abs=1e-9)
        assert [-score for _, score in found] == pytest.approx(
            [expected[n] for n, _ in found], rel=1e-6, abs=1e-9
        )


@pytest.fixture
def database(tmp_path: Path) -> vql.Connection:
    made = vql.connect(tmp_path / "db")
    made.execute("CREATE TABLE d (id integer PRIMARY KEY, body text, kind integer)")
    made.execute("CREATE INDEX ON d USING bm25 (body) WITH (text_config = 'english', k1 = 1.5, b = 0.6)")
    return made


def fill(database: vql.Connection, first: int, count: int) -> dict[int, str]:
    rows = dict(enumerate(texts(count, first), first))
    database.insert("d", {"id": list(rows), "body": list(rows.values()), "kind": [n % 10 for n in rows]})
    return rows


def test_scores_are_those_of_another_implementation(database: vql.Connection) -> None:
    known = fill(database, 0, SEALED)
    database.execute("VACUUM d")
    known |= fill(database, SEALED, SEALED)
    database.execute("VACUUM d")
    known |= fill(database, 2 * SEALED, GROWING)
    check(database, known, "", set(known))
    check(database, known, "WHERE kind = 3", {n for n in known if n % 10 == 3})
    before = database.execute("SELECT now()").fetchone()
    assert before is not None
    database.execute("DELETE FROM d WHERE id % 3 = 0")
    database.execute("UPDATE d SET body = 'red red shoes' WHERE id = 1")
    left = {n: text for n, text in known.items() if n % 3} | {1: "red red shoes"}
    check(database, left, "", set(left))
    check(database, left, "WHERE kind < 2", {n for n in left if n % 10 < 2})
    check(database, known, "", set(known), f" AS OF '{before[0].isoformat()}'")
    database.execute("VACUUM d")
    check(database, left, "", set(left))


# ------------------------------------------------------------------ several columns, phrases, exclusions

RICH = (
    "red shoes",
    '"red shoes"',
    'lazy "the running dogs"',
    "shoes -red",
    'shoes hats -"red shoes"',
    "sho* -blue",
    "h*",
    "green green happily",
    "re* red",
    '"lazy" cars',
    "-red",
    '-red "',
    "nothing",
    "the",
    "jump* quickly lazy dogs",
    '"red and shoes"',
)
WEIGHTS, K1, B = (3.0, 1.0), 0.9, 0.5


def frequency(words: list[str], clause: tuple[tuple[str, ...], bool]) -> int:
    """Return how often a clause stands in a text of words; for a stop word of a phrase any may stand."""
    wanted, is_prefix = clause
    if is_prefix:
        return sum(bool(word) and word.startswith(wanted[0]) for word in words)
    if len(wanted) == 1:
        return words.count(wanted[0])
    places = range(len(words) - len(wanted) + 1)
    return sum(all(w in ("", words[at + i]) for i, w in enumerate(wanted)) for at in places)


def clauses_of(query: str) -> tuple[list[tuple[tuple[str, ...], bool]], list[tuple[tuple[str, ...], bool]]]:
    """Return what a query asks for and what it excludes."""
    wanted, excluded = [], []
    for at, part in enumerate(query.split('"')):
        if at % 2:
            before = query.split('"')[at - 1]
            words = tuple(" ".join(word or "." for word in tokens(part)).strip(". ").split())
            words = tuple(word.replace(".", "") for word in words)
            if words:
                (excluded if before.endswith("-") else wanted).append((words, False))
            continue
        for item in part.split():
            side = excluded if item.startswith("-") else wanted
            words = [word for word in tokens(item.strip("-*")) if word]
            side += [((word,), item.endswith("*")) for word in words]
    return wanted, excluded


def tokens(text: str) -> list[str]:
    return [word for word, _ in CONFIGURATIONS["english"].words(text)]


def plain_scores(rows: dict[int, tuple[list[str], list[str]]], query: str) -> dict[int, float]:
    """Return the score of each row by the formula over all rows."""
    wanted, excluded = clauses_of(query)
    total = len(rows)
    lengths = {n: [sum(word != STOPPED for word in words) for words in texts] for n, texts in rows.items()}
    means = [sum(each[column] for each in lengths.values()) / total for column in range(2)]
    scores = dict.fromkeys(rows, 0.0)
    for words, is_prefix in wanted:
        parts = [(words, True)] if is_prefix else [((word,), False) for word in words]
        factor = 0.0
        for part in parts:
            if part == (("",), False):
                continue
            having = sum(any(frequency(text, part) for text in texts) for texts in rows.values())
            factor += np.log(1 + (total - having + 0.5) / (having + 0.5))
        for number, texts in rows.items():
            found = 0.0
            for weight, text, length, mean in zip(WEIGHTS, texts, lengths[number], means, strict=True):
                found += weight * frequency(text, (words, is_prefix)) / (1 - B + B * length / mean)
            scores[number] += factor * found / (found + K1)
    for number, texts in rows.items():
        if any(frequency(text, clause) for clause in excluded for text in texts):
            scores[number] = 0.0
    return scores


def rich_check(
    database: vql.Connection, rows: dict[int, tuple[list[str], list[str]]], tail: str = ""
) -> None:
    for query in RICH:
        scores = plain_scores(rows, query)
        for where, passing in (("", rows), ("WHERE kind = 3", {n for n in rows if n % 10 == 3})):
            sql = f"SELECT id, (title, body) <@> $1 AS score FROM t{tail} {where} ORDER BY score LIMIT 20"
            found = database.execute(sql, [query]).fetchall()
            best = sorted((scores[n] for n in passing), reverse=True)[:20]
            assert [-score for _, score in found] == pytest.approx(best, rel=1e-9, abs=1e-12), (query, where)
            assert [scores[n] for n, _ in found] == pytest.approx(best, rel=1e-9, abs=1e-12), (query, where)


def test_columns_phrases_and_exclusions_are_those_of_the_formula(tmp_path: Path) -> None:
    database = vql.connect(tmp_path / "db")
    database.execute("CREATE TABLE t (id integer PRIMARY KEY, title text, body text, kind integer)")
    options = "text_config = 'english', k1 = 0.9, b = 0.5, weights = '{3,1}'"
    database.execute(f"CREATE INDEX ON t USING bm25 (title, body) WITH ({options})")
    rows: dict[int, tuple[list[str], list[str]]] = {}

    def add(first: int, count: int) -> None:
        titles, bodies = texts(count, first + 1), texts(count, first + 2)
        numbers = list(range(first, first + count))
        kinds = [n % 10 for n in numbers]
        database.insert("t", {"id": numbers, "title": titles, "body": bodies, "kind": kinds})
        rows.update((n, (tokens(a), tokens(b))) for n, a, b in zip(numbers, titles, bodies, strict=True))

    add(0, 5_100)
    database.execute("VACUUM t")
    add(5_100, 30)
    rich_check(database, rows)
    before, known = database.execute("SELECT now()").fetchone(), dict(rows)
    assert before is not None
    database.execute("DELETE FROM t WHERE id % 3 = 0")
    database.execute("UPDATE t SET title = NULL WHERE id = 1")
    left = {n: row for n, row in rows.items() if n % 3} | {1: ([], rows[1][1])}
    rich_check(database, left)
    rich_check(database, known, f" AS OF '{before[0].isoformat()}'")


def test_the_first_rows_are_the_first_of_all(database: vql.Connection) -> None:
    """Of equal scores, of fewer rows with the words than are wanted, and of NULLs: by LIMIT as without."""
    few, same = "zebra crossing", "red shoes of the lazy dogs"
    for first in range(0, 3 * SEALED, SEALED):
        bodies: list[str | None] = [same] * 4_000 + [None] * 500 + texts(SEALED - 4_503, first) + [few] * 3
        ids = np.random.default_rng(first).permutation(SEALED) + first
        database.insert("d", {"id": ids, "body": bodies, "kind": ids % 10})
        database.execute("VACUUM d")
    database.insert("d", {"id": [-1, -2, -3], "body": [few, None, same], "kind": [3, 3, 3]})
    database.execute("DELETE FROM d WHERE id % 11 = 5")
    for query in (*QUERIES, "zebra", "zebra dogs", "unheard"):
        for where in ("", "WHERE kind = 3", "WHERE id < 40", "WHERE body IS NULL"):
            sql = f"SELECT id, body <@> $1 AS score FROM d {where} ORDER BY score"
            every = database.execute(sql, [query]).fetchall()
            for limit, offset in ((1, 0), (10, 0), (10, 7), (300, 20), (len(every), 5)):
                found = database.execute(f"{sql} LIMIT {limit} OFFSET {offset}", [query]).fetchall()
                assert found == every[offset : offset + limit], (query, where, limit, offset)
