"""Texts ranked by a bm25 index have the scores that bm25s, another implementation, gives the same words."""

from __future__ import annotations

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


def scores_of(known: dict[int, str], query: str, k1: float, b: float) -> dict[int, float]:
    """Return the score of each text by bm25s, whose words are those of the configuration."""
    ranker = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    ranker.index([words_of(text) for text in known.values()], show_progress=False)
    wanted = [word for word in words_of(query) if word in ranker.vocab_dict]
    scores = ranker.get_scores(wanted) if wanted else np.zeros(len(known))
    return dict(zip(known, scores.tolist(), strict=True))


def check(
    database: vql.Connection, known: dict[int, str], where: str, passes: set[int], tail: str = ""
) -> None:
    for query in QUERIES:
        expected = scores_of(known, query, 1.5, 0.6)
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
