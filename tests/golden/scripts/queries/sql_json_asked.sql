# SQL/JSON: JSON_VALUE, JSON_QUERY and JSON_EXISTS, with PASSING, RETURNING, wrappers, quotes, ON EMPTY and ON ERROR.
SELECT json_value('{"a":1}', '$.a');
SELECT json_value('{"a":1}'::jsonb, '$.a' RETURNING int), json_value('{"a":"x"}'::json, '$.a'), json_value(NULL::jsonb, '$'), json_value('{"a":null}', '$.a'), json_value('{"a":true}', '$.a' RETURNING bool);
SELECT json_value('{"a":[1]}', '$.a');
SELECT json_value('{"a":[1]}', '$.a' ERROR ON ERROR);
SELECT json_value('{"a":[1,2]}', '$.a[*]' ERROR ON ERROR);
SELECT json_value('{"a":1}', '$.b' ERROR ON EMPTY);
SELECT json_value('{"a":1}', '$.b' DEFAULT 'z' ON EMPTY), json_value('{"a":1}', '$.b' NULL ON EMPTY), json_value('{"a":"q"}', '$.a' RETURNING int DEFAULT 5 ON ERROR);
SELECT json_value('{"a":"q"}', '$.a' RETURNING int ERROR ON ERROR);
SELECT json_value('{"a":"q"}', '$.a' RETURNING int);
SELECT json_value('{"a":"2020-01-02"}', '$.a' RETURNING date) + 1;
SELECT json_value('{"a":5}', '$.a ? (@ > $"x")' PASSING 3 AS x), json_value('{"a":5}', '$.a ? (@ > $"x")' PASSING 7 AS x, 'z' AS "Y");
SELECT json_value('x', '$');
SELECT json_value('x', '$' ERROR ON ERROR);
SELECT json_value('{"a":1}', 'strict $.b');
SELECT json_value('{"a":1}', 'strict $.b' ERROR ON ERROR);
SELECT json_value('{"a":1}', '$.b' RETURNING int ERROR ON EMPTY);
SELECT json_query('{"a":[1,2]}', '$.a'), json_query('{"a":[1,2]}', '$.a[*]'), json_query('{"a":[1,2]}', '$.a[*]' WITH WRAPPER), json_query('{"a":[1,2]}', '$.a' WITH CONDITIONAL WRAPPER), json_query('{"a":[1]}', '$.a[0]' WITH CONDITIONAL ARRAY WRAPPER), json_query('{"a":[1]}', '$.a[0]' WITH UNCONDITIONAL WRAPPER);
SELECT json_query('{"a":"x"}', '$.a'), json_query('{"a":"x"}', '$.a' OMIT QUOTES), json_query('{"a":"x"}', '$.a' RETURNING text), json_query('{"a":"x"}', '$.a' RETURNING text OMIT QUOTES ON SCALAR STRING), json_query('{"a":"x"}', '$.a' RETURNING text KEEP QUOTES);
SELECT json_query('{"a":1}', '$.b'), json_query('{"a":1}', '$.b' EMPTY ARRAY ON EMPTY), json_query('{"a":1}', '$.b' EMPTY OBJECT ON EMPTY), json_query('{"a":1}', '$.b' EMPTY ON EMPTY), json_query('{"a":1}', '$.b' DEFAULT '{"z":1}' ON EMPTY);
SELECT json_query('{"a":1}', '$.b' ERROR ON EMPTY);
SELECT json_query('{"a":[1,2]}', '$.a[*]' ERROR ON ERROR);
SELECT json_query('{"a":[1,2]}', '$.a' WITH WRAPPER OMIT QUOTES);
SELECT json_exists('{"a":1}', '$.a'), json_exists('{"a":1}', '$.b'), json_exists(NULL, '$'), json_exists('{"a":1}', 'strict $.b'), json_exists('{"a":1}', 'strict $.b' TRUE ON ERROR), json_exists('{"a":1}', 'strict $.b' UNKNOWN ON ERROR), json_exists('{"a":1}', '$.a ? (@ > $"x")' PASSING 0 AS x);
SELECT json_exists('{"a":1}', 'strict $.b' ERROR ON ERROR);
SELECT json_exists(1, '$');
SELECT json_value('{"a":1}', '$.');
SELECT json_value('{"a":1}', NULL), json_exists('{"a":1}', NULL::jsonpath);
SELECT json_exists(NULL::jsonb, 'strict $.a' TRUE ON ERROR), json_value(NULL, '$' DEFAULT 'x' ON EMPTY), json_query(NULL, '$' EMPTY ARRAY ON EMPTY);
SELECT json_value('{"a":"12:00"}', '$.a' RETURNING time), json_value('{"a":"1 day"}', '$.a' RETURNING interval), json_value('{"a":"x"}', '$.a' RETURNING bytea), json_value('[1]', '$[0]' RETURNING real);
SELECT json_query('{"a":[1,"x"]}', '$.a[*]' WITH WRAPPER KEEP QUOTES), json_query('"s"', '$' WITH CONDITIONAL WRAPPER KEEP QUOTES);
---
1
1 | x | NULL | NULL | t
NULL
ERROR 2203F: JSON path expression in JSON_VALUE must return single scalar item
ERROR 22034: JSON path expression in JSON_VALUE must return single scalar item
ERROR 22035: no SQL/JSON item found for specified path
z | NULL | 5
ERROR 22P02: invalid input syntax for type integer: "q"
NULL
2020-01-03
5 | NULL
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "x" is invalid.
ERROR 22P02: invalid input syntax for type json
DETAIL: Token "x" is invalid.
NULL
ERROR 2203A: JSON object does not contain key "b"
ERROR 22035: no SQL/JSON item found for specified path
[1, 2] | NULL | [1, 2] | [1, 2] | 1 | [1]
"x" | NULL | "x" | x | "x"
NULL | [] | {} | [] | {"z": 1}
ERROR 22035: no SQL/JSON item found for specified path
ERROR 22034: JSON path expression in JSON_QUERY must return single item when no wrapper is requested
HINT: Use the WITH WRAPPER clause to wrap SQL/JSON items into an array.
ERROR 42601: SQL/JSON QUOTES behavior must not be specified when WITH WRAPPER is used at 8
t | f | NULL | f | t | NULL | t
ERROR 2203A: JSON object does not contain key "b"
ERROR 42846: cannot cast type integer to jsonb at 20
ERROR 42601: syntax error at end of jsonpath input at 30
NULL | NULL
NULL | NULL | NULL
12:00:00 | 1 day | \x78 | 1
[1, "x"] | "s"
