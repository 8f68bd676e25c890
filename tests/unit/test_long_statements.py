"""Statements of any length: flat ones are answered, nested ones have a bound that is an error of its own."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator

import pytest

import vql
from vql.language import parser
from vql.language.ast.walk import nesting

TERMS = 2_000
# A program that calls us may itself be this deep in calls.
CALLS_OF_OTHERS = 150


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("long") / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, s text)")
        made.insert("t", {"id": list(range(10)), "s": [f"s{i}" for i in range(10)]})
        yield made


def joined(separator: str, term: str, count: int = TERMS) -> str:
    return separator.join(term.format(i) for i in range(count))


FLAT = {
    "or": (f"SELECT count(*) FROM (SELECT id FROM t WHERE {joined(' OR ', 'id = {}')}) q", 10),
    "and": (f"SELECT min(id) FROM (SELECT id FROM t WHERE {joined(' AND ', 'id <> {}', 9)}) q", 9),
    "and beyond numpy": (
        f"SELECT count(*) FROM t a JOIN t b ON a.id = b.id WHERE {joined(' AND ', 'a.id <> {} + 1', 500)}",
        1,
    ),
    "+": (f"SELECT {joined(' + ', '1')}", TERMS),
    "+ and -": (f"SELECT 5 - {joined(' + ', '2 - 1', TERMS // 2)}", 5 - 2 - 1 + TERMS // 2 - 1),
    "||": (f"SELECT length({joined(' || ', chr(39) + 'ab' + chr(39))})", 2 * TERMS),
    "in": (f"SELECT count(*) FROM t WHERE id IN ({joined(', ', '{}')})", 10),
    "in texts": (f"SELECT count(*) FROM t WHERE s IN ({joined(', ', chr(39) + 's{}' + chr(39))})", 10),
    "union all": (
        f"SELECT sum(x) FROM ({joined(' UNION ALL ', 'SELECT {} AS x')}) q",
        TERMS * (TERMS - 1) // 2,
    ),
    "union": (f"SELECT count(*) FROM ({joined(' UNION ', 'SELECT {} % 7 AS x', 300)}) q", 7),
    "values": (f"SELECT count(*) FROM (VALUES {joined(', ', '({})')}) q", TERMS),
    "case": (f"SELECT max(CASE {joined(' ', 'WHEN id = {0} THEN {0}')} END) FROM t", 9),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAT)
def test_flat_statements_have_thousands_of_terms(connection: vql.Connection, name: str) -> None:
    sql, wanted = FLAT[name]
    assert connection.execute(sql).fetchall() == [(wanted,)]


NESTED: dict[str, Callable[[int], str]] = {
    "not": lambda n: "SELECT id FROM t WHERE " + "NOT " * n + "id = 1",
    "minus": lambda n: "SELECT " + "- " * n + "id FROM t",
    "cast": lambda n: "SELECT 1" + "::int" * n,
    "is null": lambda n: "SELECT id FROM t WHERE id" + " IS NULL" * n,
    "product": lambda n: "SELECT " + " * ".join(["id"] * n) + " FROM t",
    "case": lambda n: "SELECT " + "CASE WHEN true THEN " * n + "1" + " END" * n,
    "call": lambda n: "SELECT " + "abs(" * n + "id" + ")" * n + " FROM t",
    "and in or": lambda n: "SELECT id FROM t WHERE " + "(id = 1 OR (id = 2 AND " * n + "id = 1" + "))" * n,
    "sub-query": lambda n: "SELECT * FROM (" * n + "SELECT 1" + ") q" * n,
    "scalar sub-query": lambda n: "SELECT (" * n + "SELECT 1" + ")" * n,
    "exists": lambda n: "SELECT EXISTS (" * n + "SELECT 1" + ")" * n,
    "in": lambda n: "SELECT id FROM t WHERE id IN (SELECT id FROM t WHERE id IN (" * n + "1" + "))" * n,
    "with": lambda n: "WITH x AS (" * n + "SELECT 1" + ") SELECT * FROM x" * n,
    "union": lambda n: "SELECT 1 UNION (" * n + "SELECT 2" + ")" * n,
    "explain": lambda n: "EXPLAIN " * n + "SELECT 1",
    "declare": lambda n: "DECLARE c CURSOR FOR " * n + "SELECT 1",
    "into": lambda n: "SELECT 1" + " INTO c" * n,
}


def deepest(make: Callable[[int], str]) -> int:
    """Return how often a form may stand inside itself."""

    def is_refused(count: int) -> bool:
        try:
            parser.parse(make(count))
        except vql.Error:
            return True
        return False

    return bisect_left(range(2, parser.NESTING_MAX + 1), True, key=is_refused) + 1


@pytest.mark.parametrize("name", NESTED)
def test_nested_statements_beyond_the_bound_are_54001(connection: vql.Connection, name: str) -> None:
    with pytest.raises(vql.Error) as found:
        connection.execute(NESTED[name](2_000))
    assert found.value.sqlstate in ("54001", "42601")


@pytest.mark.parametrize("name", NESTED)
def test_what_the_bound_allows_fits_the_stack_of_python(connection: vql.Connection, name: str) -> None:
    statement = NESTED[name](deepest(NESTED[name]))
    limit = sys.getrecursionlimit()
    depth = len(traceback_depth())
    sys.setrecursionlimit(depth + 1_000 - CALLS_OF_OTHERS)
    try:
        connection.execute(statement)
    except vql.Error as error:
        assert error.sqlstate[:2] != "XX", error
    finally:
        sys.setrecursionlimit(limit)


def traceback_depth() -> list[object]:
    frame, found = sys._getframe(), []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def test_nesting_counts_nodes_inside_each_other() -> None:
    assert nesting(parser.parse("SELECT 1")) == 3
    assert nesting(parser.parse("SELECT ((((1))))")) == 3
    assert nesting(parser.parse("SELECT 1 WHERE " + joined(" OR ", "{} = 1", 1_024))) == 13


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT $65536", "42P02"),
        ("SELECT $0", "42P02"),
        (f"SELECT ${'9' * 5_000}", "42P02"),
        ("CREATE TABLE u (a int DEFAULT $1)", "42P02"),
        ("BEGIN AS OF $1", "42P02"),
        (f"SELECT '1'::varchar({'9' * 5_000})", "42601"),
        (f"FETCH {'9' * 5_000} FROM c", "22003"),
        ("SELECT 'a\0b'", "22021"),
        ('SELECT 1 AS "a\0b"', "22021"),
        ("SELECT '\ud800'", "22021"),
        ("SELECT E'\\x00'", "22021"),
        ("SELECT E'\\ud800'", "42601"),
        ("SELECT E'\\ud83dx'", "42601"),
        ("(VALUES (1)) LIMIT 1 WITH (recall = 1)", "42601"),
        ("SELECT 1 LIMIT 1 UNION SELECT 2", "42601"),
    ],
)
def test_numbers_and_characters_out_of_range_are_errors(
    connection: vql.Connection, sql: str, sqlstate: str
) -> None:
    with pytest.raises(vql.Error) as found:
        connection.execute(sql)
    assert found.value.sqlstate == sqlstate


def test_an_integer_of_thousands_of_digits_compares_as_a_number(connection: vql.Connection) -> None:
    assert len(connection.execute(f"SELECT id FROM t WHERE id < {'9' * 5_000}").fetchall()) == 10


def test_clauses_in_brackets_are_their_own_querys(connection: vql.Connection) -> None:
    rows = connection.execute("SELECT 1 UNION ALL (SELECT id FROM t ORDER BY id DESC LIMIT 1)").fetchall()
    assert rows == [(1,), (9,)]
    rows = connection.execute("(SELECT 3) UNION ALL (SELECT 2 LIMIT 1) ORDER BY 1 LIMIT 5").fetchall()
    assert rows == [(2,), (3,)]
    rows = connection.execute("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2 LIMIT 1").fetchall()
    assert len(rows) == 1


TEXTS = [
    "",
    "'",
    "''",
    "a,b",
    "(",
    ")",
    "), (",
    "x')",
    "null",
    "é\n",
    "-- no comment",
    "\\",
    *(f"s{i}" for i in range(60)),
]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_long_lists_say_what_short_ones_do(connection: vql.Connection) -> None:
    connection.execute("CREATE TABLE long_lists (id int PRIMARY KEY, s text, f float8, n numeric(8,2))")
    rows = [(i, TEXTS[i], i / 2, f"{i}.50") for i in range(len(TEXTS))] + [(-5, None, None, None)]
    connection.executemany("INSERT INTO long_lists VALUES ($1, $2, $3, $4)", rows)
    lists = {
        "s": [quoted(text) for text in TEXTS[:40]],
        "id": [str(i) for i in (*range(-20, 20), 2**40, -(2**62))],
        "f": [str(i) for i in range(40)],
        "n": [quoted(f"{i}.5") for i in range(40)],
        "id + 1": [str(i) for i in range(40)],
        "id::text": [quoted(str(i)) for i in range(40)],
    }
    for operand, items in lists.items():
        for word in ("IN", "NOT IN"):
            long = f"SELECT id FROM long_lists WHERE {operand} {word} ( {' , '.join(items)})"
            short = f"{operand} IN ({','.join(items[:20])}) OR {operand} IN ({','.join(items[20:])})"
            sql = f"SELECT id FROM long_lists WHERE {'NOT ' * (word != 'IN')}({short})"
            assert sorted(connection.execute(long)) == sorted(connection.execute(sql)), (operand, word)
    connection.execute("DROP TABLE long_lists")


@pytest.mark.parametrize("count", [31, 32, 500])
def test_many_rows_of_literals_are_inserted_as_few_are(connection: vql.Connection, count: int) -> None:
    columns = "id int PRIMARY KEY, s text, b boolean, n numeric, d date, v vector(2)"
    rows = [
        f"({i}, {quoted(TEXTS[i % len(TEXTS)])}, {('TRUE', 'false', 'Null')[i % 3]}, -{i}.50 ,"
        f"'2026-01-0{i % 9 + 1}', '[{i},1e-1]')"
        for i in range(count)
    ]
    connection.execute(f"CREATE TABLE many ({columns})")
    found = connection.execute(f"INSERT INTO many VALUES {', '.join(rows)} RETURNING *").fetchall()
    connection.execute(f"CREATE TABLE few ({columns})")
    connection.execute("BEGIN")
    for row in rows:
        connection.execute(f"INSERT INTO few VALUES {row}")
    connection.execute("COMMIT")
    expected = connection.execute("SELECT * FROM few ORDER BY id").fetchall()
    assert [(*row[:-1], *row[-1]) for row in found] == [(*row[:-1], *row[-1]) for row in expected]
    again = connection.execute(f"INSERT INTO many VALUES {', '.join(rows)} ON CONFLICT (id) DO NOTHING")
    assert again.rowcount == 0
    sql = f"SELECT b FROM (VALUES {', '.join(rows)}) q (a, b, c, d, e, f) ORDER BY a"
    queried = connection.execute(sql).fetchall()
    assert [text for (text,) in queried] == [row[1] for row in expected]
    connection.execute("DROP TABLE many, few")


@pytest.mark.parametrize(
    "bad", ["(40, 'x', 1)", "('x', 'y')", "(2147483648, 'y')", "(40, 7)", "(40)", "(1 1)"]
)
def test_an_error_in_many_rows_is_told_as_in_few(connection: vql.Connection, bad: str) -> None:
    connection.execute("CREATE TABLE wrong (id int, d date)")
    told = []
    for count in (2, 200):
        rows = ["(1, '2026-01-01')"] * count
        sql = f"INSERT INTO wrong (id, d) VALUES {bad}, {', '.join(rows)}"
        with pytest.raises(vql.Error) as caught:
            connection.execute(sql)
        told.append((caught.value.sqlstate, str(caught.value).splitlines()[0], caught.value.position))
    assert told[0] == told[1]
    assert connection.execute("SELECT count(*) FROM wrong").fetchone() == (0,)
    connection.execute("DROP TABLE wrong")
