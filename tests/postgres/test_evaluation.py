"""What is evaluated, what raises, and what literals and lengths become, as in PostgreSQL."""

from __future__ import annotations

import pytest
import sides

TABLES = (
    "CREATE TABLE sized (id int PRIMARY KEY, c char(3), v vector(3), x text, b bit(4), n numeric(5,1),"
    " vc varchar(3), d date, ts timestamp)",
    "INSERT INTO sized VALUES"
    " (1, 'a', '[1,2,3]', 'Hello', '1010', 1.5, 'abc', '2020-01-01', '2020-01-01 10:00')",
    "CREATE TABLE groups (id int PRIMARY KEY, k int, big bigint, v vector(3), h halfvec(3))",
    "INSERT INTO groups VALUES (1, 1, -9223372036854775808, '[1,2,3]', '[1,2,3]'), (2, 1, 7, NULL, NULL),"
    " (3, 2, -9223372036854775807, NULL, NULL), (4, 2, NULL, '[4,5,6]', '[0,0,0]'), (5, 3, 0, NULL, NULL)",
    "CREATE TABLE numbers (id int PRIMARY KEY, n numeric)",
    "INSERT INTO numbers VALUES (1, 1.5), (2, 0.5), (3, NULL), (4, 99.999)",
)  # fmt: skip
CONSTANTS = """
SELECT CASE WHEN FALSE THEN 1/0 ELSE 2 END
SELECT CASE WHEN TRUE THEN 2 ELSE 1/0 END
SELECT coalesce(1, 1/0)
SELECT coalesce(null, 1/0)
SELECT FALSE AND 1/0 = 1
SELECT TRUE OR 1/0 = 1
SELECT 1/0 = 1 OR TRUE
SELECT 1/0 WHERE FALSE
SELECT n FROM generate_series(1,3) n WHERE n = 7 AND 1/0 = 1
SELECT CASE WHEN n > 7 THEN 1/0 ELSE 3 END FROM generate_series(1,3) n
SELECT CASE WHEN n > 7 THEN n/0 ELSE 3 END FROM generate_series(1,3) n
SELECT NULL::int + 1/0
SELECT coalesce(n, 1/0) FROM generate_series(1,3) n
SELECT '2020-13-01'::text::date WHERE false
SELECT 'x'::text::float8 WHERE false
SELECT bit_xor(json_array_length('"x"'::json)) FROM (VALUES (0, NULL)) AS s1(n, t) WHERE 'f'::bool
SELECT width_bucket(NULL::numeric, 1.5, "extract"('xyz'::text, '01:02:03.004'::time), 3) FROM numbers
SELECT 1 FROM (SELECT 2, ln(-1.5::float8)) s
SELECT 1 FROM (SELECT 2, ln(-1.5::float8) x) s WHERE x > 1
SELECT EXISTS (SELECT 1/0)
WITH w AS (SELECT 1/0 x, 2 y) SELECT y FROM w
SELECT (true AND null), (false OR null), NOT (true), (null AND null::bool), (true AND true)
"""
LENGTHS = """
UPDATE sized SET c = (x::varchar)::bpchar
UPDATE sized SET c = x::bpchar
UPDATE sized SET vc = x::varchar
UPDATE sized SET b = '111'::bit(3)
SELECT v < '[1,2]', v = '[1,2]', v > '[1,2]', v >= '[1,2,3]', v <> '[1]' FROM sized
SELECT '[1,2]'::vector < v, '[1,2]'::halfvec < v::halfvec, '[-0,1]'::vector = '[0,1]' FROM sized
SELECT (v || v) <= '[-1,0.5,2]' FROM sized
SELECT id FROM sized WHERE v <> '[1,2,3,4]'
SELECT id FROM sized WHERE v IN ('[1,2]', '[1,2,3]')
SELECT b = '10', b < '11', b & '1100', n = '1.55', vc = 'abcd', c = 'a  ', c || 'x' FROM sized
SELECT id FROM sized WHERE b > '10'
SELECT id FROM sized WHERE n = '1.52'
SELECT id FROM sized WHERE n IN ('1.52', '1.5')
SELECT id FROM sized WHERE vc IN ('abcd', 'abc')
SELECT LEAST('1111'::bit(4), b), b FROM (VALUES ('1'::bit), ('0')) t(b)
SELECT b, '01'::bit(2) < b FROM (VALUES ('1'::bit(4)), ('0'), ('01')) t(b) ORDER BY b
SELECT coalesce(null::numeric(5,1), 1.25::numeric(5,2)), greatest('ab'::varchar(2), 'abcd'::varchar(5))
SELECT '[-1,0.5,2]'::real[]::vector * '[0,0,0]' = '[0,0,0]'
SELECT ('[-1,0.5,2]'::vector * '[0,0,0]')::real[]
SELECT NULLIF('a'::varchar, 'b'::varchar), nullif('a'::bpchar, 'b'), nullif(id, 2.5) FROM sized
"""
QUERIES = """
SELECT DISTINCT 't'::bool, NULL::numeric FROM numbers
SELECT DISTINCT 1.5, n FROM numbers
SELECT (SELECT v FROM sized)::real[], (SELECT v FROM sized) <-> v FROM sized
SELECT (SELECT 1) < ANY ('{2,2,0}'::int4[]), (SELECT 1.5) = ANY (ARRAY[1.50,2])
SELECT (SELECT id FROM sized WHERE id = 5) = ANY ('{2}')
SELECT s2.id, s1.n FROM numbers s1 RIGHT JOIN numbers s2 ON s1.id = s2.id AND (0.5 IS DISTINCT FROM s1.n)
SELECT s2.id, s1.n FROM numbers s1 LEFT JOIN numbers s2 ON s1.id = s2.id AND (s2.n IS NOT DISTINCT FROM 0.5)
SELECT d < ts, ts >= d, d = ts, d <> ts FROM sized
SELECT d < ts, ts > d, d = ts FROM\
 (VALUES (date '5874897-12-31', timestamp 'infinity'), ('infinity', 'infinity')) x(d, ts)
SELECT d < ts, ts > d FROM\
 (VALUES (date '5874897-12-31', timestamp '2020-01-01'), ('4714-11-24 BC', '2020-01-01')) x(d, ts)
SELECT d < ts, ts > d FROM\
 (VALUES (date '5874897-12-31', timestamp 'infinity'), (null, '2020-01-01'), ('2020-01-01', null)) x(d, ts)
SELECT k, sum(v)::real[], avg(v)::real[], sum(h)::real[], avg(h)::real[] FROM groups GROUP BY k ORDER BY k
SELECT sum(v)::real[] FROM groups WHERE id > 1
SELECT big FROM groups ORDER BY big DESC NULLS LAST, id
SELECT id FROM groups ORDER BY k DESC, big DESC OFFSET 1 LIMIT 3
SELECT LEAST('a  '::bpchar, 'a'::bpchar), GREATEST(1.50, n) FROM numbers WHERE id = 1
SELECT LEAST(a, '1 day'), GREATEST(a, '1 mon') FROM (VALUES ('24:00:01.5'::interval), ('30 days')) t(a)
SELECT '00:00:01.5'::interval / '5e-324'::float8
SELECT '{1:1e-46,2:1}/2'::sparsevec
SELECT '{}/16001'::sparsevec::vector
SELECT ('{1:1,3:2}/3'::sparsevec::vector)::real[], ('{1:1,3:2}/3'::sparsevec::halfvec)::real[]
SELECT pg_size_bytes('1.5 MB'), pg_size_bytes('-.5 kB'), pg_size_pretty(1e30), pg_size_pretty('NaN'::numeric)
SELECT '06:30'::time + '2562047788:00:54.775807'::interval
SELECT to_date('0044-03-15', 'IYYY-IW-ID')
SELECT make_time(5, 5, -1e-300)
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with sides.running(tmp_path_factory.mktemp("evaluation")) as made:
        for statement in TABLES:
            for side in (made.postgres, made.ours):
                assert not side.run(statement).state
        yield made


@pytest.mark.parametrize(
    "sql", [line for text in (CONSTANTS, LENGTHS, QUERIES) for line in text.strip().splitlines()]
)
def test_statements_answer_as_postgresql_does(sql, both):
    difference = both.difference(sql, "ORDER BY" in sql, changes="sized" if sql.startswith("UPDATE") else "")
    assert difference is None, f"\n{difference}"


def test_statement_timestamp_moves_within_a_block(both):
    for side in (both.postgres, both.ours):
        side.run("BEGIN")
        side.run("SELECT 1")
        moved = side.run("SELECT statement_timestamp() > now(), transaction_timestamp() = now()")
        side.run("COMMIT")
        assert moved.rows == (("t", "t"),)
