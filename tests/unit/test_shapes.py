"""Statements by shape: which literals are lifted, and that answers do not depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

import vql
from vql.language.normalize import blank, lift


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("shapes")) as connection:
        connection.execute(
            "CREATE TABLE s (id bigint PRIMARY KEY, brand text, price real, day date, v vector(2))"
        )
        for i in range(20):
            connection.execute(
                f"INSERT INTO s VALUES ({i}, '{'xy'[i % 2]}', {i}.5, '2026-01-{i + 1:02d}', '[{i}, 1]')"
            )
        yield connection


def test_texts_that_differ_in_values_share_a_shape() -> None:
    one = lift("SELECT id FROM s WHERE brand = 'x' ORDER BY v <-> '[1,2]' LIMIT 10", "embedded")
    other = lift("SELECT id FROM s WHERE brand = 'why' ORDER BY v <-> '[3,4]' LIMIT 20", "embedded")
    assert one is not None and other is not None
    assert one.key == other.key
    assert one.values == ("x", "[1,2]", 10) and other.values == ("why", "[3,4]", 20)


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT id - 7 FROM s WHERE (id) - 8 < $1 - 9", (7, 8, 9)),
        ('SELECT id + 7 FROM s WHERE "id" + 8 < 2', (7, 8, 2)),
        ("SELECT id FROM s WHERE id = -7 OR id IN (-8, 9) OR id - -1.5 > 3", (-7, -8, 9, "-1.5", 3)),
        ("UPDATE s SET price = - 4 WHERE id BETWEEN -3 AND -2", (-4, -3, -2)),
        ("SELECT id FROM s WHERE id = -2147483648 AND id < 1", (1,)),
        ("SELECT id FROM s WHERE id = -5::bigint AND f(-6) < f(+7) AND id = -(8) AND id < - -9", (8, -9)),
    ],
)
def test_numbers_go_with_their_signs(sql: str, values: tuple[object, ...]) -> None:
    shape = lift(sql, "wire")
    assert shape is not None and shape.values == values
    assert shape.parse(sql) is not None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM s ORDER BY 1",
        "SELECT id, brand FROM s GROUP BY 1, 2",
        "CREATE TABLE t (v vector(3))",
        "SELECT id FROM s WHERE price = v::vector(2)",
        "SELECT now() - interval '1 hour'",
    ],
)
def test_literals_that_decide_the_plan_stay(sql: str) -> None:
    assert lift(sql, "embedded") is None


@pytest.mark.parametrize(
    ("sql", "parameters", "rows"),
    [
        ("SELECT id FROM s WHERE id = 3", (), [(3,)]),
        ("SELECT id FROM s WHERE id = 4", (), [(4,)]),
        ("SELECT id FROM s WHERE brand = 'x' AND price < 3 ORDER BY id", (), [(0,), (2,)]),
        ("SELECT id FROM s WHERE brand = 'y' AND price < 4.25 ORDER BY id", (), [(1,), (3,)]),
        ("SELECT id FROM s WHERE brand = ? AND price < 3 ORDER BY id", ("x",), [(0,), (2,)]),
        ("SELECT id FROM s WHERE price < 9 AND id > ? ORDER BY id LIMIT 2", (5,), [(6,), (7,)]),
        ("SELECT id FROM s WHERE day = '2026-01-05'", (), [(4,)]),
        ("SELECT id FROM s WHERE day BETWEEN '2026-01-05' AND '2026-01-06' ORDER BY 1", (), [(4,), (5,)]),
        ("SELECT id FROM s WHERE id IN (1, 2, 77) ORDER BY id DESC", (), [(2,), (1,)]),
        ("SELECT id FROM s ORDER BY v <-> '[7, 1]' LIMIT 1", (), [(7,)]),
        ("SELECT id FROM s ORDER BY v <-> [8, 1] LIMIT 1", (), [(8,)]),
        ("SELECT id FROM s WHERE price > -5 ORDER BY id LIMIT 1", (), [(0,)]),
        ("SELECT id FROM s WHERE brand LIKE 'x%' ORDER BY id LIMIT 1", (), [(0,)]),
        ("SELECT id + 1 FROM s WHERE id = 3", (), [(4,)]),
        ("SELECT id - 1, id + -1, id - -1, -id, - 1 FROM s WHERE id - 1 = 2", (), [(2, 2, 4, -3, -1)]),
        ("SELECT id - 2, id + -2, id - -3, -id, - 1 FROM s WHERE id - 1 = 2", (), [(1, 1, 6, -3, -1)]),
        ("SELECT 3 - 2 - 1, day - 1 FROM s WHERE id = -1 + 4", (), [(0, date(2026, 1, 3))]),
        ("SELECT id FROM s WHERE upper(brand) = 'Y' ORDER BY id LIMIT 1", (), [(1,)]),
    ],
)
def test_answers_are_the_same_at_every_asking(
    db: vql.Connection, sql: str, parameters: tuple[object, ...], rows: list[tuple[object, ...]]
) -> None:
    for text in (sql, sql + " ", sql):
        assert db.execute(text, parameters).fetchall() == rows


def test_a_bad_literal_is_reported_at_its_place(db: vql.Connection) -> None:
    db.execute("SELECT id FROM s WHERE day = '2026-01-05'")
    with pytest.raises(vql.Error) as caught:
        db.execute("SELECT id FROM s WHERE day = 'someday'")
    assert caught.value.sqlstate == "22007"
    assert caught.value.position == 30


def test_wrong_number_of_parameters_is_refused(db: vql.Connection) -> None:
    for _ in range(2):
        with pytest.raises(vql.Error) as caught:
            db.execute("SELECT id FROM s WHERE brand = ? AND price < 3", ())
        assert caught.value.sqlstate == "07001"


@pytest.mark.parametrize(
    ("sql", "literals"),
    [
        ("SELECT a1 FROM t2 WHERE b = 'x''y' AND c < 12", ("'x''y'", "12")),
        ("SELECT \"a'1\" FROM t WHERE v <-> '[1,2]' < 0.5 LIMIT 3", ("'[1,2]'", "0.5", "3")),
        ("SELECT id FROM t ORDER BY v <-> [1, -2.5] LIMIT $1", ("[1, -2.5]",)),
        ("SELECT a[1] FROM t WHERE x = 1e5 OR y = 99999999999", ("1",)),
    ],
)
def test_literals_are_taken_out_by_one_expression(sql: str, literals: tuple[str, ...]) -> None:
    found = blank(sql)
    assert found is not None
    assert found.literals == literals
    assert all(sql.startswith(text, start) for text, start in zip(literals, found.starts, strict=True))


@pytest.mark.parametrize(
    "sql", ["SELECT 1 -- '", "SELECT /* ' */ 1", "SELECT E'\\'' || 'x'", "SELECT $$1$$", "SELECT a FROM t"]
)
def test_texts_with_other_quotes_go_the_long_way(sql: str) -> None:
    assert blank(sql) is None


def test_a_literal_that_decides_is_never_another_ones(db: vql.Connection) -> None:
    by_id = "SELECT id, price FROM s WHERE id < {} ORDER BY {} DESC LIMIT 1"
    db.execute("UPDATE s SET price = 100 - id WHERE id < 3")
    try:
        for _ in range(2):
            assert db.execute(by_id.format(3, 1)).fetchall() == [(2, 98.0)]
            assert db.execute(by_id.format(3, 2)).fetchall() == [(0, 100.0)]
            assert db.execute(by_id.format(2, 1)).fetchall() == [(1, 99.0)]
    finally:
        db.execute("UPDATE s SET price = id + 0.5 WHERE id < 3")
