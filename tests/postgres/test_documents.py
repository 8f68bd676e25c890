"""Documents, arrays and paths in SQL: the same texts and types as PostgreSQL's, or the same SQLSTATE.

`?`, `?|`, `?&` and `@?` stand as the functions behind them: a question mark is a parameter here.
"""

from __future__ import annotations

import pytest
from psycopg import pq

import vql
from vql.errors import Error
from vql.types.type import type_named

STATEMENTS = """
SELECT '{"a":1}'::jsonb || '{"b":2}', '[1]'::jsonb || '2', '[1,2]'::jsonb - 0, '{"a":1,"b":2}'::jsonb - 'a'
SELECT jsonb_typeof(NULL), jsonb_typeof('1'), json_typeof('{}')
SELECT '{"b":1, "a":2, "b":3}'::json, '{"b":1, "a":2, "b":3}'::jsonb, '1.50'::jsonb, '1e3'::jsonb, '-0'::jsonb
SELECT '{"a":1}'::jsonb = '{"a":1.0}', jsonb '1' = jsonb '1.0', jsonb '1' < jsonb '2', jsonb '"a"' > jsonb '1'
SELECT '{"a":99998969694839.983485848}'::jsonb ->> 'a', ('{"a":1.50}'::jsonb ->> 'a')::numeric
SELECT '{"a":{"b":1}}'::jsonb -> 'a' -> 'b', '{"a":{"b":"x"}}'::jsonb -> 'a' ->> 'b', '[1,2]'::jsonb -> -1
SELECT '{"a": {"b" : 1}}'::json -> 'a', '[1, [2 ,3]]'::json -> 1, '{"a":"x"}'::json ->> 'a'
SELECT '{"a":{"b":[1,2]}}'::jsonb #> '{a,b,1}', '{"a":{"b":[1]}}'::jsonb #>> '{a,b,0}'
SELECT '{"a":[1]}'::jsonb #- '{a,0}'
SELECT jsonb_exists('{"a":1}', 'a'), jsonb_exists_any('{"a":1}', '{a,c}')
SELECT jsonb_exists_all('{"a":1}', '{a,c}')
SELECT jsonb_exists('["a"]', 'a'), '{"a":1,"b":2}'::jsonb @> '{"a":1}', '{"a":1}'::jsonb <@ '{"a":1,"b":2}'
SELECT jsonb_path_exists_opr('{"a":[1,2,3]}', '$.a[*] ? (@ > 2)'), '{"a":[1,2,3]}'::jsonb @@ '$.a[*] > 2'
SELECT jsonb_path_query_array('{"a":[1,2,3]}', '$.a[*] ? (@ > $x)', '{"x":1}')
SELECT jsonb_path_query_first('{"a":[1,2,3]}', '$.a[*]'), jsonb_path_exists('{"a":1}', '$.b')
SELECT jsonb_path_match('{"a":1}', '$.a == 1'), '$.a[*] ? (@ > 1)'::jsonpath
SELECT jsonb_set('{"a":1}', '{b}', '2'), jsonb_insert('{"a":[1]}', '{a,0}', '0')
SELECT jsonb_strip_nulls('{"a":null}')
SELECT jsonb_array_length('[1,2]'), jsonb_pretty('{"a":[1]}'), json_strip_nulls('{"a" : null, "b" : 1}')
SELECT json_build_object('a', 1, 'b', array[1,2]), jsonb_build_array(1, 'a', NULL, true), json_build_array()
SELECT to_json(1.50), to_jsonb('x'::text), to_json(array[1,2]), to_json(timestamp '2020-01-01 10:00')
SELECT json_object('{a,1,b,2}'), jsonb_object(array['a','b'], array['1',NULL])
SELECT json_agg(x ORDER BY x), jsonb_object_agg(x, 'v') FROM (VALUES (2), (1)) v(x)
SELECT '1'::jsonb::int, '1.5'::jsonb::numeric, 'true'::jsonb::bool, '"1"'::jsonb::text, '2.5'::jsonb::int
SELECT ('{"a":{"b":1}}'::jsonb)['a']['b'], ('[1,2]'::jsonb)[1], ('{"a":1}'::jsonb)['x']
SELECT jsonb_path_query('[1,2]', '$[*]') AS q, 1 AS one
SELECT x, jsonb_array_elements_text(x) FROM (VALUES ('["a","b"]'::jsonb), ('[]')) v(x)
SELECT 33 = any(NULL::int[]), 33 = all(NULL::int[]), 1 = any('{1,null}'), 3 = any('{1,null}')
SELECT NULL = any('{}'::int[])
SELECT array[[1,2],[3,4]], array[array['a','b'],array['c','d']], array[]::int[], array[NULL]::text[]
SELECT array[[[1]]], array[['a','b'],['c',NULL]]
SELECT '{1,2}'::int[], '{{1,2},{3,4}}'::int[], '{a,"b c",NULL}'::text[], '{1.5,NaN}'::real[], '{t,f}'::bool[]
SELECT '[1,2,3]'::vector::real[], '{1,2}'::real[]::vector::text
SELECT array[1.5,NULL]::float8[], array['inf'::float4]
SELECT (array[1,2,3])[2], (array[1,2,3])[2:3], (array[1,2,3])[:2], (array[1,2,3])[2:], (array[1])[5]
SELECT ('{{1,2},{3,4}}'::int[])[2][1], ('{{1,2},{3,4}}'::int[])[2], ('{{1,2},{3,4}}'::int[])[1:2][2:2]
SELECT a[1], a[1:2], a[5], a[1][1], a[:][1], a[NULL:2] FROM (VALUES ('{1,2,3}'::int[]), (NULL), ('{}')) v(a)
SELECT array_to_string('{2020-01-01,infinity}'::date[], ','), ('{2020-01-01}'::date[])[1]
SELECT array_append('{1}'::int[], 2), 0 || '{1}'::int[], '{1}'::int[] || 2, '{1}'::int[] || '{2}'::int[]
SELECT array_length('{1,2}'::int[], 1), array_dims('{{1,2}}'::int[]), cardinality('{{1,2}}'::int[])
SELECT array_position(array['a','b'], 'b'), array_positions(array[1,2,1], 1), array_remove(array[1,2,1], 1)
SELECT array_fill(7, '{2,3}'), array_to_string(array[1,NULL,2], ',', '*'), trim_array(array[1,2,3], 1)
SELECT array_sort(array[3,NULL,1]), array_reverse(array[1,2]), array_replace(array[1,2], 1, 5)
SELECT unnest('{1,2}'::int[]), unnest(array['a','b','c'])
SELECT generate_series(1, 3), generate_series(1, 2), generate_subscripts('{5,6}'::int[], 1)
SELECT * FROM generate_series(1.5, 3) g
SELECT array_agg(x ORDER BY x DESC) FROM (VALUES (1), (3), (NULL)) v(x)
SELECT max(a), min(a) FROM (VALUES ('{1,2}'::int[]), ('{1,3}'), ('{}')) v(a)
SELECT '{1,2}'::int[] = '{1,2}', '{1,2}'::int[] < '{1,3}', '{1,2}'::int[] @> '{1}', '{1}'::int[] && '{2}'
SELECT '{1,2}'::int[]::text[], '{1,2}'::text[]::int[], '{1,2}'::int[]::text, '{1.5,2.5}'::numeric[]::int[]
SELECT x FROM (VALUES (1), (2)) v(x) WHERE x = any(array[2,3])
SELECT 'abc' LIKE any(array['a%','x']), 'abc' NOT LIKE all(array['x%']), 'ABC' ILIKE any('{a%}')
SELECT array(SELECT x FROM (VALUES (1), (2)) v(x) ORDER BY x DESC)
SELECT '{1,2'::int[]
SELECT 'x'::jsonb
SELECT '"x"'::jsonb::int
SELECT array[[1,2],[3]]
SELECT jsonb_array_length('{}')
SELECT ('{}'::jsonb)[1.5]
""".strip().splitlines()


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    with vql.connect(tmp_path_factory.mktemp("documents") / "db") as made:
        yield made


@pytest.mark.parametrize("statement", STATEMENTS)
def test_documents_are_postgresql_s(connection, postgres, statement):
    assert ours(connection, statement) == theirs(postgres, statement)


def ours(connection, statement):
    """Return the rows as texts under the OIDs of their types, or the SQLSTATE."""
    try:
        cursor = connection.execute(statement)
    except Error as error:
        return error.sqlstate
    types = [type_named(column[1]) for column in cursor.description]
    rows = [
        tuple(None if cell is None else type_.to_text(cell) for cell, type_ in zip(row, types, strict=True))
        for row in cursor.fetchall()
    ]
    return [type_.oid for type_ in types], rows


def theirs(postgres, statement):
    """Return what PostgreSQL answers, likewise."""
    result = postgres.pgconn.exec_(statement.encode())
    if result.status != pq.ExecStatus.TUPLES_OK:
        return result.error_field(pq.DiagnosticField.SQLSTATE).decode()
    rows = [
        tuple(
            None if (cell := result.get_value(row, column)) is None else cell.decode()
            for column in range(result.nfields)
        )
        for row in range(result.ntuples)
    ]
    return [result.ftype(column) for column in range(result.nfields)], rows
