"""What changes give a column, and what RETURNING gives back, as in PostgreSQL; lengths of parameters."""

from __future__ import annotations

import pytest
import sides

TABLE = (
    "CREATE TABLE changed (id int PRIMARY KEY, b bool, n numeric, t text, v vector(3), h halfvec(3),"
    " ts timestamptz, tm time, d date, c bit(4))",
    "INSERT INTO changed VALUES (1, true, 2, 'one', '[1,2,3]', '[1,2,3]', '2020-03-03 03:03:03+00', '10:00',"
    " '2020-02-02', '1010'), (2, false, 1, NULL, '[1,2,4]', '[1,2,3]', '2020-03-03 03:03:03+00', '10:00',"
    " '2020-02-03', '0110')",
)
STATEMENTS = """
UPDATE changed SET ts = '2020-01-01'::date, t = ts, tm = ts RETURNING *
UPDATE changed SET t = d
INSERT INTO changed (id, ts, tm) VALUES (5, '2020-01-01'::date, '2020-05-05 10:00+00'::timestamptz)
    RETURNING *
INSERT INTO changed (id, ts, tm, t) SELECT id + 5, d, ts, ts FROM changed
    RETURNING *, md5(t), changed.t || 'x'
INSERT INTO changed (id, h, v) SELECT id + 9, NULL::halfvec, NULL::vector FROM changed
INSERT INTO changed AS z (id, t) VALUES (1, 'zz') ON CONFLICT (id)
    DO UPDATE SET t = excluded.t || upper(z.t)
    RETURNING z.id, upper(z.t) AS u, (SELECT count(*) FROM changed), row_to_json(z)
UPDATE changed SET t = 'new' RETURNING id, (SELECT max(t) FROM changed), length(t), t, t::varchar(2)
DELETE FROM changed RETURNING regexp_count(t, 'e'), row_to_json(changed), ts::date, tm + interval '1 hour'
DELETE FROM changed WHERE row_to_json(changed)::text LIKE '%one%' RETURNING id
DELETE FROM changed WHERE false RETURNING id, md5(t) AS m, d + interval '1 day', c <~> '1010'
DELETE FROM changed RETURNING nothing(t)
DELETE FROM changed RETURNING c <~> '1010'::bit
"""
QUERIES = """
SELECT LEAST(NULLIF('1'::numeric, n), '3'::numeric), GREATEST(NULLIF(n, 1), 3) FROM changed
SELECT mode() WITHIN GROUP (ORDER BY 'a'::text), array_agg(id ORDER BY 'a'::text, id) FROM changed
SELECT sum('[1,2,3]'::halfvec) FROM generate_series(1, 2049)
SELECT timezone(t, '2020-01-01 00:00:00+00'::timestamptz) FROM (VALUES ('a b c1'), ('red3'), ('Ünï4')) s(t)
SELECT timezone('4', '2020-01-01 00:00:00+00'::timestamptz)
SELECT 1 FROM changed WHERE factorial(33) IS DISTINCT FROM '-123.456'::numeric AND factorial(33) > 0.001
SELECT CASE WHEN FALSE IS NOT FALSE THEN make_time(7, 0, -1.5) END FROM changed
SELECT COALESCE(LEAST('\\x6162'::bytea), decode('616', 'none')) FROM changed
SELECT (CASE WHEN b THEN v ELSE '[1]'::vector END) <> v FROM changed
SELECT to_timestamp('1.7976931348623157e308'::float8), id FROM changed
SELECT CASE WHEN b THEN '{{1,2}}'::int4[] ELSE '{1}'::int4[] END FROM changed
SELECT DISTINCT '{{0.00,1},{-1,1}}'::numeric[] FROM changed
"""
PARAMETERS = (
    ("SELECT $1::bit, $2::bit(3), $3::varchar(2), $4::char(2)", ["0110", "01", "abc", "abc"]),
    ("SELECT $1::bit, id FROM changed", ["0110"]),
    ("SELECT $1::numeric(5,2), $2::timestamp(0)", ["1.239", "2020-01-01 10:00:00.7"]),
    ("SELECT $1::vector(3)", ["[1,2]"]),
    ("INSERT INTO changed (id, c) VALUES (7, $1)", ["01"]),
    ("DELETE FROM changed WHERE id = $1 RETURNING id + $2, $3 || t", ["1", "5", "x"]),
)
REFUSED = """
SELECT ntile(id) OVER (ORDER BY id) FROM changed
"""


def statements(text: str) -> list[str]:
    return text.strip().replace("\n    ", " ").splitlines()


@pytest.fixture(scope="module", params=["UTC", "Asia/Kolkata"])
def both(tmp_path_factory, request):
    with sides.running(tmp_path_factory.mktemp("sides")) as made:
        for sql in (*TABLE, f"SET TimeZone = '{request.param}'", "SET DateStyle = 'German'"):
            for side in (made.postgres, made.ours):
                assert not side.run(sql).state, sql
        yield made


@pytest.mark.parametrize("sql", statements(STATEMENTS))
def test_changes_as_postgresql(both, sql):
    assert both.difference(sql, changes="changed") is None


@pytest.mark.parametrize("sql", statements(QUERIES))
def test_queries_as_postgresql(both, sql):
    assert both.difference(sql) is None


@pytest.mark.parametrize(("sql", "values"), PARAMETERS)
def test_parameters_have_no_length_but_what_a_cast_gives_them(both, sql, values):
    assert both.difference(sql, changes="changed", parameters=values) is None


@pytest.mark.parametrize("sql", statements(REFUSED))
def test_what_cannot_be_said_in_duckdb_is_refused(both, sql):
    assert both.ours.run(sql).state == "0A000"
