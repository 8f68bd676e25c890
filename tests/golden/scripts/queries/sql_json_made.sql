# SQL/JSON: IS JSON, constructors, aggregates and json().
SELECT '1' IS JSON, '{"a":1,"a":2}' IS JSON WITH UNIQUE KEYS, '{"a":1,"a":2}' IS JSON OBJECT WITHOUT UNIQUE KEYS, NULL IS JSON, 'x' IS NOT JSON, '[1]' IS JSON ARRAY, '"s"' IS JSON SCALAR, 'null' IS JSON SCALAR, '1' IS JSON VALUE;
SELECT '1'::json IS JSON, '1'::jsonb IS JSON SCALAR, '{}'::jsonb IS JSON OBJECT WITH UNIQUE, '1'::bytea IS JSON, 'a'::varchar IS JSON;
SELECT 1 IS JSON;
SELECT '{"a":{"b":1,"b":2}}' IS JSON WITH UNIQUE KEYS AS x, ' {} ' IS NOT JSON OBJECT;
SELECT json_object('a': 1, 'b': NULL ABSENT ON NULL);
SELECT json_object('a': 1, 'a': 2);
SELECT json_object('a': 1, 'a': 2 WITH UNIQUE KEYS);
SELECT json_object('a': 1, 'a': NULL ABSENT ON NULL WITH UNIQUE KEYS);
SELECT json_object('a': 1, 'a': 2 RETURNING jsonb);
SELECT json_object('a': 1, 'a': 2 WITH UNIQUE KEYS RETURNING jsonb);
SELECT json_object(NULL: 1);
SELECT json_object(1: 1, true: 2, date '2020-01-01': 3);
SELECT json_object('a': '{"x": 1}' FORMAT JSON, 'b': '{"x": 1}', 'c': '{"x":  1}'::json, 'd': '[1]'::jsonb);
SELECT json_object();
SELECT json_object(RETURNING jsonb);
SELECT json_object('a': 1 RETURNING text), json_object('a': 1 RETURNING varchar(3));
SELECT json_object('a': 1 RETURNING bytea);
SELECT json_object('a': 1 RETURNING int);
SELECT json_array(1, 'a', NULL, true), json_array(1, NULL NULL ON NULL), json_array(NULL ABSENT ON NULL), json_array();
SELECT json_array(1, '[1, 2]' FORMAT JSON RETURNING jsonb), json_array(RETURNING text);
SELECT json_array(SELECT a FROM (VALUES (1), (NULL), (3)) v(a) ORDER BY a DESC);
SELECT json_array(SELECT a FROM (VALUES (1)) v(a) WHERE false);
SELECT json_array(SELECT a FROM (VALUES (1), (2)) v(a) RETURNING jsonb);
SELECT json_objectagg(k: v) FROM (VALUES ('a', 1), ('b', NULL)) v(k, v);
SELECT json_objectagg(k: v ABSENT ON NULL) FROM (VALUES ('a', 1), ('b', NULL)) v(k, v);
SELECT json_objectagg(k: v WITH UNIQUE KEYS) FROM (VALUES ('a', 1), ('a', 2)) v(k, v);
SELECT json_objectagg(k: v RETURNING jsonb) FROM (VALUES ('a', 1), ('a', 2)) v(k, v);
SELECT json_objectagg(k: v) FROM (VALUES (NULL, 1)) v(k, v);
SELECT json_objectagg(k: v) FILTER (WHERE v > 1) OVER (PARTITION BY k) FROM (VALUES ('a', 1), ('a', 2)) v(k, v);
SELECT json_arrayagg(v) FROM (VALUES (1)) v(v) WHERE false;
SELECT json_scalar(1), json_scalar('a'), json_scalar(NULL), json_scalar(1.50), json_scalar(true), json_scalar(date '2020-01-01');
SELECT json_scalar(timestamp '2020-01-01 10:00'), json_scalar('{"a":1}'::json), json_scalar('[1]'::jsonb), json_scalar(ARRAY[1]), json_scalar(interval '1 day');
SELECT json('{"a":1}'), json('{"a":1, "a":2}'), json(NULL);
SELECT json('{"a":1, "a":2}' WITH UNIQUE KEYS);
SELECT json('x');
SELECT json(1);
SELECT json('1'::jsonb), json('1'::json), json('1'::text FORMAT JSON);
SELECT json_serialize('{"a": 1}'), json_serialize('{"a": 1}'::jsonb), json_serialize('1' RETURNING bytea), json_serialize(NULL), json_serialize('{"a": 1}' RETURNING varchar(3));
SELECT json_serialize('{"a": 1}' RETURNING jsonb);
SELECT json_serialize(1);
SELECT json_serialize('{"a": 1}'), json_serialize('1' RETURNING bytea), json_serialize(NULL), json_serialize('[1]'::json);
SELECT json_object('a': 1, NULL::text: 2 RETURNING jsonb);
SELECT json_object(NULL::text: '[1]'::jsonb ABSENT ON NULL);
---
t | f | t | NULL | t | t | t | t | t
t | t | t | t | f
ERROR 42804: cannot use type integer in IS JSON predicate
f | f
{"a" : 1}
{"a" : 1, "a" : 2}
ERROR 22030: duplicate JSON object key value: "a"
ERROR 22030: duplicate JSON object key value: "a"
{"a": 2}
ERROR 22030: duplicate JSON object key value
ERROR 22004: null value not allowed for object key
{"1" : 1, "true" : 2, "2020-01-01" : 3}
{"a": {"x": 1}, "b": "{\"x\": 1}", "c": {"x": 1}, "d": [1]}
{}
{}
ERROR 22001: value too long for type character varying(3)
\x7b226122203a20317d
ERROR 42846: cannot cast type json to integer
[1, "a", true] | [1, null] | [] | []
[1, [1, 2]] | []
[3, 1]
NULL
[1, 2]
{ "a" : 1, "b" : null }
{ "a" : 1 }
ERROR 22030: duplicate JSON object key value: "a"
{"a": 2}
ERROR 22004: null value not allowed for object key
{ "a" : 2 }, { "a" : 2 }
NULL
1 | "a" | NULL | 1.50 | true | "2020-01-01"
"2020-01-01T10:00:00" | {"a":1} | [1] | [1] | "1 day"
{"a":1} | {"a":1, "a":2} | NULL
ERROR 22030: duplicate JSON object key value
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "x" is invalid.
ERROR 42846: cannot cast type integer to json at 13
1 | 1 | 1
ERROR 22001: value too long for type character varying(3)
ERROR 42804: cannot use type jsonb in RETURNING clause of JSON_SERIALIZE()
HINT: Try returning a string type or bytea.
ERROR 42804: cannot use non-string types with implicit FORMAT JSON clause at 23
{"a": 1} | \x31 | NULL | [1]
ERROR 22023: argument 3: key must not be null
ERROR 22023: argument 1: key must not be null
