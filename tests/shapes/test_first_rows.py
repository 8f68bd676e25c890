"""ORDER BY with LIMIT gives the first rows of ORDER BY without: of every type, with ties, NULLs and NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vql

ROWS, TIED = 3_000, 7
NUMBERS = {
    "short": lambda n: Decimal(n % 499 - 250) / 8,
    "scaled": lambda n: Decimal(f"{n % 11}.{'0' * (n % 4)}5"),
    "long": lambda n: Decimal(n % 5) + Decimal(n % 23) / Decimal(10**25),
}
COLUMNS = {
    "i": "int", "big": "bigint", "f": "float8", "r": "real",
    "short": "numeric", "scaled": "numeric", "long": "numeric",
    "s": "text", "c": "char(5)", "ok": "bool", "d": "date", "at": "timestamptz", "u": "uuid",
    "iv": "interval", "tags": "text[]",
}  # fmt: skip


def row(n: int) -> dict[str, Any]:
    odd = {0: math.nan, 1: math.inf, 2: -math.inf, 3: -0.0}.get(n % 41, float(n % 97) / 4)
    made: dict[str, Any] = {name: make(n) for name, make in NUMBERS.items()}
    if n % 43 == 0:
        made |= {name: Decimal("NaN" if n % 2 else "-Infinity") for name in made}
    made |= {
        "i": n % TIED - 3, "big": (n * 7919 - ROWS) << 30, "f": odd, "r": odd, "s": f"k{n % 50}é",
        "c": "x" * (n % 5), "ok": n % 3 == 0,
        "d": f"20{n % 30:02d}-01-01", "at": f"2024-01-{n % 28 + 1:02d} 10:00+02",
        "u": f"00000000-0000-0000-0000-{n * 31 % 977:012d}", "iv": f"{n % 40} days {n % 30} hours",
        "tags": [f"t{n % 9}"] * (n % 4),
    }  # fmt: skip
    return {
        name: None if (n + place) % 13 == 0 else value for place, (name, value) in enumerate(made.items())
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    """Two segments and rows that are in none, some of them deleted."""
    path: Path = tmp_path_factory.mktemp("first") / "db"
    with vql.connect(path) as made:
        declared = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
        made.execute(f"CREATE TABLE t (id int PRIMARY KEY, {declared})")
        order = np.random.default_rng(3).permutation(ROWS).tolist()
        for start, stop in ((0, 1_400), (1_400, 2_800), (2_800, ROWS)):
            rows = [{"id": n, **row(n)} for n in order[start:stop]]
            made.insert("t", rows)
            if stop < ROWS:
                made.execute("VACUUM t")
        made.execute("DELETE FROM t WHERE id % 17 = 4")
        yield made


@pytest.mark.parametrize("name", COLUMNS)
def test_a_limit_gives_the_first_rows_of_all(database: vql.Connection, name: str) -> None:
    for keys in (
        name,
        f"{name} DESC",
        f"{name} NULLS FIRST",
        f"{name} DESC NULLS LAST, i",
        f"i DESC, {name}",
    ):
        for where in ("", "WHERE id % 5 = 2", "WHERE i = 2"):
            sql = f"SELECT id FROM t {where} ORDER BY {keys}"
            every = database.execute(sql).fetchall()
            for limit, offset in ((1, 0), (10, 0), (10, 95), (300, 7), (5, len(every) - 2)):
                found = database.execute(f"{sql} LIMIT {limit} OFFSET {offset}").fetchall()
                assert found == every[offset : offset + limit], (keys, where, limit, offset)


@pytest.mark.parametrize("name", ["f", *NUMBERS])
def test_numbers_are_in_order(database: vql.Connection, name: str) -> None:
    found = [value for (value,) in database.execute(f"SELECT {name} FROM t ORDER BY {name}").fetchall()]
    known = [value for value in found if value is not None]
    assert len(known) < len(found) and found[len(known) :] == [None] * (len(found) - len(known))
    numbers = [value for value in known if value == value]
    assert numbers == sorted(numbers) and all(value != value for value in known[len(numbers) :])
