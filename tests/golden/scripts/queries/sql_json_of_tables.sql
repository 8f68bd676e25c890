# SQL/JSON over columns: in queries, conditions, generated columns, indexes, views and prepared statements.
CREATE TABLE d (id int, t text, j json, b jsonb, n int, at date);
INSERT INTO d VALUES (1, '{"a":1}', '{"a": [1, 2]}', '{"a": {"b": "x"}}', 5, '2020-01-01'), (2, 'no', '[1]', '7', NULL, NULL), (3, NULL, NULL, NULL, 3, '2021-02-03'), (4, '"s"', '"s"', '"2020-05-06"', 0, 'infinity');
SELECT id, t IS JSON, j IS JSON OBJECT, b IS NOT JSON SCALAR, t IS JSON SCALAR, t IS NOT JSON FROM d ORDER BY id;
SELECT id FROM d WHERE t IS JSON ORDER BY id;
SELECT json_object('id': id, 't': t, 'j': j, 'n': n, 'at': at ABSENT ON NULL) FROM d ORDER BY id;
SELECT json_object(id: t RETURNING text), json_array(id, t, j, at), json_array(id, n, at RETURNING text), json_array(b, n NULL ON NULL) FROM d ORDER BY id;
SELECT json_object(t: n) FROM d WHERE t IS NOT NULL ORDER BY id;
SELECT json_object(t: n) FROM d ORDER BY id;
SELECT json_objectagg(id: n), json_objectagg(id: t ABSENT ON NULL RETURNING jsonb), json_objectagg(id: b) FROM d;
SELECT json_arrayagg(t ORDER BY id), json_arrayagg(b ORDER BY id NULL ON NULL), json_arrayagg(at ORDER BY id DESC RETURNING text) FROM d;
SELECT id % 2, json_arrayagg(id ORDER BY id), json_objectagg(id: id) FROM d GROUP BY id % 2 ORDER BY 1;
SELECT json_arrayagg('[1]' FORMAT JSON ORDER BY id) FROM d;
SELECT json_array(SELECT n FROM d x WHERE x.id >= d.id ORDER BY n), id FROM d ORDER BY id;
SELECT id, json_value(b, '$.a.b'), json_value(j, '$.a[0]' RETURNING int), json_value(b, '$' RETURNING date), json_value(b, '$' DEFAULT 'none' ON ERROR) FROM d ORDER BY id;
SELECT id, json_query(b, '$.a'), json_query(j, '$.a[*]' WITH WRAPPER), json_query(b, '$' RETURNING text OMIT QUOTES) FROM d ORDER BY id;
SELECT json_value(t, '$.a') FROM d WHERE id = 1;
SELECT json_value(t, '$.a') FROM d WHERE id = 2;
SELECT json_value(b, '$' RETURNING int ERROR ON ERROR) FROM d WHERE id = 1;
SELECT json_value(b, '$.zz' RETURNING int DEFAULT 0 ON EMPTY DEFAULT -1 ON ERROR) FROM d ORDER BY id;
SELECT json_value('{"a":"abcdef"}', '$.a' RETURNING varchar(3)), json_value('{"a":1.567}', '$.a' RETURNING numeric(5,2)), json_value('{"a":1.5}', '$.a' RETURNING int), json_value('{"a":1e3}', '$.a'), json_value('{"a":"t"}', '$.a' RETURNING bool), json_value('{"a":1}', '$.a' RETURNING bool), json_value('{"a":true}', '$.a');
SELECT json_value('{"a":1}', '$.a' RETURNING int DEFAULT 'x' ON ERROR);
SELECT json_value('{"a":1}', '$.b' RETURNING int DEFAULT '7' ON EMPTY);
SELECT json_value('{"a":1}', '$.b' RETURNING int DEFAULT 7.4 ON EMPTY);
SELECT json_value('{"a":1}', '$.a' EMPTY ARRAY ON ERROR);
SELECT json_exists('{"a":1}', '$.a' NULL ON ERROR);
SELECT json_value(1, '$');
SELECT json_value('{"a":1}', '$.a ? (@ > $"y")' PASSING 1 AS x);
SELECT json_value('{"a":1}', '$.a ? (@ > $"y")' PASSING 0 AS y, 1 AS y);
SELECT json_object('a': 1 FORMAT JSON);
SELECT json_object('a': '{' FORMAT JSON);
SELECT json_object(ARRAY[1]: 1);
SELECT json_object('a': 1 RETURNING numeric);
SELECT json_object('a': 1 FORMAT JSON RETURNING jsonb);
SELECT json_object('{a,1,b,2}'), json_object('{a,b}', '{1,2}');
SELECT json_array(SELECT 1, 2);
SELECT json_array(VALUES (1), (2));
SELECT json_serialize('x');
SELECT json('{"a":1, "a":2}' WITH UNIQUE KEYS);
SELECT json('x');
SELECT json(1);
SELECT json('1'::jsonb), json('1'::json), json('1'::text FORMAT JSON), json('2' WITHOUT UNIQUE KEYS), json('3'::bytea);
SELECT json_query('[1]', '$' DEFAULT '[]' ON EMPTY ERROR ON ERROR), json_query('{"a":[]}', '$.a' RETURNING varchar(10)), json_query('"x"', '$' RETURNING jsonb OMIT QUOTES ERROR ON ERROR);
SELECT json_query('[1]', '$[*]' RETURNING jsonb DEFAULT 'x' ON ERROR);
SELECT json_query('[1,2]', '$[*]' DEFAULT '{"e":1}' ON ERROR), json_query('[1,2]', '$[*]' EMPTY OBJECT ON ERROR), json_query('[1,2]', '$[9]' WITH WRAPPER), json_query('null', '$'), json_query('"q"', '$' RETURNING text DEFAULT 'z' ON EMPTY);
CREATE TABLE c (x text CHECK (x IS JSON OBJECT WITH UNIQUE KEYS), y jsonb, z text GENERATED ALWAYS AS (json_value(y, '$.a')) STORED);
INSERT INTO c VALUES ('{"a":1}', '{"a":"q"}');
INSERT INTO c VALUES ('[1]', '{}');
SELECT * FROM c;
CREATE INDEX ON c (json_value(y, '$.a'));
SELECT x FROM c WHERE json_value(y, '$.a') = 'q';
CREATE VIEW vv AS SELECT json_object('x': x, 'y': y) AS o, json_value(y, '$.a' DEFAULT 'n' ON EMPTY) AS v, x IS JSON AS k FROM c;
SELECT * FROM vv;
UPDATE c SET y = json_object('a': json_value(y, '$.a') RETURNING jsonb) RETURNING y, z;
SELECT value, passing, format FROM (VALUES (1, 2, 3)) q (value, passing, format);
SELECT json_object('value' VALUE value) FROM (VALUES (1)) q (value);
SELECT x IS JSON AND true, NOT x IS JSON, x IS JSON IS TRUE, 'a' || '1' IS JSON FROM c;
SELECT json_objectagg(k: v) OVER (ORDER BY k), json_arrayagg(v) OVER (ORDER BY k) FROM (VALUES ('a', 1), ('b', NULL)) v(k, v);
PREPARE sj (text, int) AS SELECT json_value($1, '$.a' RETURNING int), json_object($1: $2), $1 IS JSON OBJECT, json_exists($1, '$.a ? (@ == $"v")' PASSING $2 AS v);
EXECUTE sj ('{"a":5}', 5);
EXECUTE sj ('{"b":5}', 6);
EXECUTE sj (NULL, 6);
DROP VIEW vv;
DROP TABLE c, d;
---
CREATE TABLE
INSERT 0 4
1 | t | t | t | f | f
2 | f | f | f | f | t
3 | NULL | NULL | NULL | NULL | NULL
4 | t | f | f | t | f
1, 4
{"id" : 1, "t" : "{\"a\":1}", "j" : {"a": [1, 2]}, "n" : 5, "at" : "2020-01-01"}, {"id" : 2, "t" : "no", "j" : [1]}, {"id" : 3, "n" : 3, "at" : "2021-02-03"}, {"id" : 4, "t" : "\"s\"", "j" : "s", "n" : 0, "at" : "infinity"}
{"1" : "{\"a\":1}"} | [1, "{\"a\":1}", {"a": [1, 2]}, "2020-01-01"] | [1, 5, "2020-01-01"] | [{"a": {"b": "x"}}, 5]
{"2" : "no"} | [2, "no", [1]] | [2] | [7, null]
{"3" : null} | [3, "2021-02-03"] | [3, 3, "2021-02-03"] | [null, 3]
{"4" : "\"s\""} | [4, "\"s\"", "s", "infinity"] | [4, 0, "infinity"] | ["2020-05-06", 0]
{"{\"a\":1}" : 5}, {"no" : null}, {"\"s\"" : 0}
ERROR 22004: null value not allowed for object key
{ "1" : 5, "2" : null, "3" : 3, "4" : 0 } | {"1": "{\"a\":1}", "2": "no", "4": "\"s\""} | {"1": {"a": {"b": "x"}}, "2": 7, "3": null, "4": "2020-05-06"}
["{\"a\":1}", "no", "\"s\""] | [{"a": {"b": "x"}}, 7, null, "2020-05-06"] | ["infinity", "2021-02-03", "2020-01-01"]
0 | [2, 4] | { "2" : 2, "4" : 4 }
1 | [1, 3] | { "1" : 1, "3" : 3 }
[[1], [1], [1], [1]]
[0, 3, 5] | 1
[0, 3] | 2
[0, 3] | 3
[0] | 4
1 | x | 1 | NULL | none
2 | NULL | NULL | NULL | 7
3 | NULL | NULL | NULL | NULL
4 | NULL | NULL | 2020-05-06 | 2020-05-06
1 | {"b": "x"} | [1, 2] | {"a": {"b": "x"}}
2 | NULL | NULL | 7
3 | NULL | NULL | NULL
4 | NULL | NULL | 2020-05-06
1
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "no" is invalid.
ERROR 2203F: JSON path expression in JSON_VALUE must return single scalar item
0, 0, NULL, 0
NULL | 1.57 | NULL | 1000 | t | t | t
ERROR 22P02: invalid input syntax for type integer: "x" at 58
7
7
ERROR 42601: invalid ON ERROR behavior at 36
ERROR 42601: invalid ON ERROR behavior at 37
ERROR 42846: cannot cast type integer to jsonb at 19
ERROR 42704: could not find jsonpath variable "y"
1
ERROR 42804: cannot use non-string types with explicit FORMAT JSON clause at 27
ERROR 22P02: invalid input syntax for type json
DETAIL: The input string ended unexpectedly.
ERROR 22023: key value must be scalar, not array, composite, or json
ERROR 42846: cannot cast type json to numeric
ERROR 42804: cannot use non-string types with explicit FORMAT JSON clause at 27
{"a" : "1", "b" : "2"} | {"a" : "1", "b" : "2"}
ERROR 42601: subquery must return only one column at 8
[1, 2]
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "x" is invalid.
ERROR 22030: duplicate JSON object key value
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "x" is invalid.
ERROR 42846: cannot cast type integer to json at 13
1 | 1 | 1 | 2 | 3
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "x" is invalid.
ERROR 22P02: invalid input syntax for type json at 57
DETAIL: Token "x" is invalid.
{"e": 1} | {} | NULL | null | "q"
CREATE TABLE
INSERT 0 1
ERROR 23514: new row for relation "c" violates check constraint "c_x_check"
DETAIL: Failing row contains ([1], {}, null).
{"a":1} | {"a": "q"} | q
CREATE INDEX
{"a":1}
CREATE VIEW
{"x": "{\"a\":1}", "y": {"a": "q"}} | q | t
{"a": "q"} | q
UPDATE 1
1 | 2 | 3
{"value" : 1}
t | f | t | f
{ "a" : 1 } | [1]
{ "a" : 1, "b" : null } | [1]
PREPARE
5 | {"{\"a\":5}" : 5} | t | t
NULL | {"{\"b\":5}" : 6} | t | f
ERROR 22004: null value not allowed for object key
DROP VIEW
DROP TABLE
