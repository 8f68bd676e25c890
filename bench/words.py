"""`python -m bench.words FILE`: ranks by words beside bm25s and tantivy in the same run, on one thread.

FILE has a text a line; of tab-separated fields the last counts. All three are given the same words, those
that the `english` configuration makes; making them is part of the time of VQL alone. Queries are two to four
words of texts drawn at random, without a filter and under one that one row of a hundred passes. Ratios first,
then queries and texts indexed a CPU-second, and in how many queries the scores are ours.
"""

from __future__ import annotations

import argparse
import gc
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import bm25s
import numpy as np
import tantivy

import vql
from vql.fulltext.configuration import CONFIGURATIONS, STOPPED

K, QUERIES, WARM, PARTS, PART = 10, 300, 30, 100, 7
K1, B = 1.2, 0.75
WORD = re.compile(r"[A-Za-z]{2,}")
Words = list[list[str]]


class Measured(NamedTuple):
    """What one engine did: CPU-seconds to index; by filter, None and `PART`, those of a query, and scores."""

    name: str
    index_s: float
    query_s: dict[int | None, float]
    scores: dict[int | None, list[list[float]]]


def words_of(text: str) -> list[str]:
    """Return the words of a text without stop words."""
    return [word for word, _ in CONFIGURATIONS["english"].words(text) if word != STOPPED]


def measured(
    name: str, index_s: float, ask: Callable[[Any, int | None], list[float]], queries: Sequence[Any]
) -> Measured:
    """Ask all queries without and with the filter."""
    found = Measured(name, index_s, {}, {})
    for part in (None, PART):
        for query in queries[:WARM]:
            ask(query, part)
        started = time.process_time()
        found.scores[part] = [ask(query, part) for query in queries]
        found.query_s[part] = (time.process_time() - started) / len(queries)
    return found


def measure_vql(texts: Sequence[str], queries: Sequence[str], folder: Path) -> Measured:
    """Measure an index of kind bm25, embedded."""
    with vql.connect(folder) as database:
        database.execute("CREATE TABLE d (id int PRIMARY KEY, part int, body text)")
        ids = np.arange(len(texts))
        database.insert("d", {"id": ids, "part": ids % PARTS, "body": list(texts)})
        database.execute("CREATE INDEX ON d (part)")
        database.execute("VACUUM d")
        database.execute("SET vql.threads = 1")
        started = time.process_time()
        database.execute("CREATE INDEX ON d USING bm25 (body)")
        database.execute("VACUUM d")
        index_s = time.process_time() - started
        ranked = f"ORDER BY score LIMIT {K}"
        sql = {
            None: f"SELECT id, body <@> $1 AS score FROM d {ranked}",
            PART: f"SELECT id, body <@> $1 AS score FROM d WHERE part = {PART} {ranked}",
        }

        def ask(query: str, part: int | None) -> list[float]:
            return [-score for _, score in database.execute(sql[part], [query]).fetchall()]

        return measured("VQL", index_s, ask, queries)


def measure_bm25s(words: Words, queries: Words) -> Measured:
    """Measure bm25s by Lucene's method; a filter is a weight of each text."""
    started = time.process_time()
    ranker = bm25s.BM25(method="lucene", k1=K1, b=B)
    ranker.index(words, show_progress=False)
    index_s = time.process_time() - started
    passes = (np.arange(len(words)) % PARTS == PART).astype(np.float32)

    def ask(query: list[str], part: int | None) -> list[float]:
        mask = None if part is None else passes
        found = ranker.retrieve([query], k=K, show_progress=False, weight_mask=mask)
        return [float(score) for score in found.scores[0]]

    return measured("bm25s", index_s, ask, queries)


def measure_tantivy(words: Words, queries: Words, folder: Path) -> Measured:
    """Measure tantivy; it sets words apart at spaces."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace")
    builder.add_unsigned_field("part", indexed=True)
    schema = builder.build()
    folder.mkdir()
    started = time.process_time()
    index = tantivy.Index(schema, path=str(folder))
    writer = index.writer(num_threads=1, heap_size=500_000_000)
    for place, each in enumerate(words):
        document = tantivy.Document(body=" ".join(each))
        document.add_unsigned("part", place % PARTS)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index_s = time.process_time() - started
    index.reload()
    searcher, query_of = index.searcher(), tantivy.Query
    passing = query_of.const_score_query(query_of.term_query(schema, "part", PART), 0.0)

    def ask(query: list[str], part: int | None) -> list[float]:
        should = [(tantivy.Occur.Should, query_of.term_query(schema, "body", word)) for word in query]
        asked = query_of.boolean_query(should)
        if part is not None:
            asked = query_of.boolean_query([(tantivy.Occur.Must, asked), (tantivy.Occur.Must, passing)])
        # Its scores have another constant factor.
        return [score / (K1 + 1) for score, _ in searcher.search(asked, K, count=False).hits]

    return measured("tantivy", index_s, ask, queries)


def is_alike(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    """Whether scores are equal but for rounding; texts without any of the words are not told by all."""
    count = max(len([s for s in ours if s > 0]), len([s for s in theirs if s > 0]))
    return min(len(ours), len(theirs)) >= count and np.allclose(ours[:count], theirs[:count], rtol=0.01)


def report(found: Sequence[Measured], texts: int) -> None:
    """Print ratios of each engine's time to ours, then what was measured."""
    ours = found[0]
    for part, title in ((None, "no filter"), (PART, f"1 of {PARTS} rows passes")):
        print(f"{title}: {texts:,} texts, top {K}")
        for each in found:
            pairs = zip(ours.scores[part], each.scores[part], strict=True)
            alike = np.mean([is_alike(*pair) for pair in pairs])
            print(
                f"  {each.name:8} {each.query_s[part] / ours.query_s[part]:6.2f}x"
                f"  {1 / each.query_s[part]:9,.0f} queries/CPU-s"
                f"  {texts / each.index_s:10,.0f} texts/CPU-s indexed"
                f"  scores alike in {alike:.0%}"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=500_000)
    given = parser.parse_args()
    lines = (line.rstrip("\n").rpartition("\t")[2].strip() for line in given.file.open(errors="replace"))
    texts = [line for line in lines if line]
    random = np.random.default_rng(1)
    texts = [texts[place] for place in random.permutation(len(texts))[: given.rows]]
    queries: list[str] = []
    while len(queries) < QUERIES:
        drawn = sorted({word for word in WORD.findall(texts[random.integers(len(texts))]) if words_of(word)})
        size = int(random.integers(2, 5))
        if len(drawn) >= size:
            queries.append(" ".join(random.choice(drawn, size, replace=False)))
    words, asked = [words_of(text) for text in texts], [words_of(query) for query in queries]
    gc.collect()
    gc.freeze()  # to go through millions of words time and again is none of the engines' work
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [
            measure_vql(texts, queries, folder / "vql"),
            measure_bm25s(words, asked),
            measure_tantivy(words, asked, folder / "tantivy"),
        ]
    report(found, len(texts))


if __name__ == "__main__":
    main()
