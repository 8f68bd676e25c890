"""What works at one long value, or at rows one of which may take long, looks at the deadline meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vql
from vql.deadline import RUNNING, Deadline, blocks, each_watched
from vql.errors import QueryCanceled
from vql.functions.arrays import arrays, making
from vql.functions.json import jsonb
from vql.functions.text import encoding, parts
from vql.functions.text.regex.regex import compiled
from vql.language.ast.literals import LiteralList
from vql.storage.index.dense.build import build_index
from vql.storage.index.kind import Device
from vql.types.bytea import of_escapes
from vql.types.json.jsonpath_parser import parse_jsonpath
from vql.types.type import Type

INTS = Type("integer[]")
MANY = list(range(20_000))
FIELDS = "a," * 200_000
LONG: dict[str, Callable[[], Any]] = {
    "array_position": lambda: arrays.array_position([INTS], MANY, -1),
    "array_positions": lambda: arrays.array_positions([INTS], MANY, 1),
    "array_remove": lambda: arrays.array_remove([INTS], MANY, 1),
    "array_replace": lambda: arrays.array_replace([INTS], MANY, 1, 2),
    "array_sort": lambda: arrays.array_sort([INTS], MANY),
    "array_contains": lambda: arrays.array_contains([INTS], MANY, MANY),
    "array_overlaps": lambda: arrays.array_overlaps([INTS], MANY, MANY),
    "cardinality": lambda: arrays.cardinality(MANY),
    "array_shuffle": lambda: making.array_shuffle(MANY),
    "an array's key": lambda: INTS.base.order_key(MANY),
    "an array given": lambda: INTS.coerce(MANY),
    "an array's text": lambda: INTS.base.to_text(MANY),
    "an array's binary form": lambda: INTS.base.to_binary(MANY),
    "split_part": lambda: parts.split_part(FIELDS, ",", -5),
    "string_to_array": lambda: parts.string_to_array(FIELDS, ","),
    "jsonb_contains": lambda: jsonb._contains(MANY, MANY),
    "a jsonpath": lambda: parse_jsonpath("$" + ".a" * 10_000),
    "a regular expression": lambda: compiled("|".join(f"a{i}" for i in MANY)),
    "bytes from base64": lambda: encoding._of_base64("abcd" * 5_000),
    "bytes as base64": lambda: encoding.encode_bytes(bytes(400_000), "base64"),
    "bytes to be escaped": lambda: encoding.encode_bytes(bytes(20_000), "escape"),
    "escaped bytes": lambda: of_escapes(r"\\" * 20_000),
    "a list of literals": lambda: LiteralList("integer", f"({','.join(map(str, MANY))})").literals(),
}


@pytest.fixture
def cancelled() -> Iterator[None]:
    deadline = Deadline()
    begun = deadline.start()
    assert begun is not None
    deadline.cancel()
    yield
    RUNNING.reset(begun)


@pytest.mark.parametrize("work", LONG.values(), ids=LONG)
def test_work_at_a_long_value_ends_with_its_statement(cancelled: None, work: Callable[[], Any]):
    with pytest.raises(QueryCanceled):
        work()


def test_long_texts_are_split_as_short_ones():
    for text, delimiter in (
        (FIELDS, ","),
        ("a" * 300_001, "aa"),
        ("ab" * 200_000, "x"),
        ("." * 300_000, "."),
    ):
        assert parts._fields(text, delimiter) == text.split(delimiter)


def test_rows_of_few_are_looked_at_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    looks = 0
    check = Deadline.check

    def counted(deadline: Deadline) -> None:
        nonlocal looks
        looks += 1
        check(deadline)

    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t AS SELECT i AS id, 'x' || i AS s FROM generate_series(1, 1000) i")
        monkeypatch.setattr(Deadline, "check", counted)
        for sql in (
            "SELECT md5(repeat(s, 2)) FROM t",
            "SELECT s FROM t ORDER BY reverse(s)",
            "SELECT max(reverse(s)) FROM t",
            "SELECT id FROM t WHERE reverse(s) ~ 'y'",
            "SELECT a.id FROM t a JOIN t b ON b.id = a.id + 1 WHERE reverse(a.s) = b.s",
            "SELECT reverse(s), count(*) FROM t GROUP BY 1",
        ):
            looks = 0
            connection.execute(sql)
            assert looks >= 999, sql


def test_checked_items_are_all_there(cancelled: None):
    with pytest.raises(QueryCanceled):
        next(each_watched([1]))
    RUNNING.get().__init__()  # type: ignore[misc]
    assert list(each_watched([1, 2])) == [1, 2]


def test_blocks_grow_as_long_as_they_are_quick(monkeypatch: pytest.MonkeyPatch):
    clock = 0.0
    monkeypatch.setattr("vql.deadline.time.monotonic", lambda: clock)
    sizes = []
    for block in blocks(100_000, 20_000):
        sizes.append(block.stop - block.start)
        clock += sizes[-1] * 1e-5  # 5,000 of them take 50 ms
    assert sizes[:5] == [64, 256, 1024, 4096, 5000]
    assert sum(sizes) == 100_000 and max(sizes) <= 5001
    assert [block.stop - block.start for block in blocks(10, 4)] == [4, 4, 2]
    assert list(blocks(0, 4)) == []


@pytest.mark.parametrize("method", ["hnsw", "ivfpq"])
def test_an_index_is_built_in_steps(method: str):
    rows = np.random.default_rng(1).standard_normal((6_000, 16), dtype=np.float32)
    phases: dict[str, int] = {}

    def step(phase: str, fraction: float) -> None:
        assert 0 <= fraction <= 1
        phases[phase] = phases.get(phase, 0) + 1

    build_index(rows, None, method, "l2", {}, Device(1), step)
    assert phases["building graph" if method == "hnsw" else "adding rows"] >= 4
    assert phases["training"] >= 8  # iterations of k-means
    assert phases["measuring recall"] > 50
