# A function of several columns gives records in a select list; one of its columns may be asked for alone.
CREATE TABLE d (id int PRIMARY KEY, j jsonb);
INSERT INTO d VALUES (1, '{"a": 1, "b": "x y"}'), (2, '{}'), (3, NULL);
SELECT json_each('{"a":1,"b":"x y"}');
SELECT id, jsonb_each(j) FROM d ORDER BY id;
SELECT id, (jsonb_each(j)).* FROM d ORDER BY id;
SELECT (jsonb_each_text(j)).value FROM d ORDER BY 1;
SELECT k FROM (SELECT (jsonb_each(j)).key k FROM d) s ORDER BY k;
SELECT (json_each('{"a":1}')).nope;
SELECT max(row(a, b)), min(row(a, b)) FROM (VALUES (1, 2), (3, 1)) v(a, b);
SELECT count(*) WITHIN GROUP (ORDER BY 1);
# Column definition lists.
SELECT * FROM json_to_record('{"a":1,"b":"x","c":[1,2],"d":{"e":1},"f":null,"g":true}') AS t(a int, b text, c int[], d jsonb, f text, g boolean);
SELECT * FROM jsonb_to_record('{"a":1.50,"b":"x","d":{"e":1},"g":true}') AS t(a numeric, b varchar(3), d json, g text, h int);
SELECT * FROM jsonb_to_recordset('[{"a":1,"b":"foo"},{"a":"2","c":"bar"},{}]') AS (a int, b text);
SELECT t.a + 1, b FROM json_to_recordset('[{"a":1,"b":[true]}]') t(a int, b boolean[]);
SELECT id, a FROM d LEFT JOIN LATERAL jsonb_to_record(d.j) AS t(a int) ON true ORDER BY id;
SELECT * FROM jsonb_to_record('{"a":["x y",null,"",{"b":1},[1]]}') AS (a text[]);
SELECT * FROM jsonb_to_record('{"a":[1,2,3],"b":"2020-01-01"}') AS (a vector(3), b timestamptz);
SELECT * FROM jsonb_to_record('{"a":"abcd"}') AS (a varchar(3));
SELECT * FROM jsonb_to_record('{"a":"x"}') AS (a int);
SELECT * FROM jsonb_to_record('{"a":5}') AS (a int[]);
SELECT * FROM jsonb_to_record('[1]') AS (a int);
SELECT * FROM json_to_recordset('{}') AS (a int);
SELECT * FROM json_to_recordset('[1]') AS (a int);
SELECT json_to_record('{"a":1}');
SELECT * FROM json_to_record('{"a":1}') t(a);
SELECT * FROM generate_series(1, 2) AS t(a int);
SELECT * FROM json_each('{"a":1}') AS t(a text, b json);
DROP TABLE d;
---
CREATE TABLE
INSERT 0 3
(a,1), (b,"""x y""")
1 | (a,1)
1 | (b,"""x y""")
1 | a | 1
1 | b | "x y"
1, x y
a, b
ERROR 42703: could not identify column "nope" in record data type at 9
(3,1) | (1,2)
ERROR 42809: count is not an ordered-set aggregate, so it cannot have WITHIN GROUP at 8
1 | x | {1,2} | {"e": 1} | NULL | t
1.50 | x | {"e": 1} | true | NULL
1 | foo
2 | NULL
NULL | NULL
2 | {t}
1 | 1
2 | NULL
3 | NULL
{"x y",NULL,"","{\"b\": 1}",[1]}
[1,2,3] | 2020-01-01 00:00:00+00
ERROR 22001: value too long for type character varying(3)
ERROR 22P02: invalid input syntax for type integer: "x"
ERROR 22P02: expected JSON array
HINT: See the value of key "a".
ERROR 22023: cannot call populate_composite on an array
ERROR 22023: cannot call json_to_recordset on an object
ERROR 22023: argument of json_to_recordset must be an array of objects
ERROR 0A000: could not determine row type for result of json_to_record
HINT: Provide a non-null record argument, or call the function in the FROM clause using a column definition list.
ERROR 42601: a column definition list is required for functions returning "record" at 15
ERROR 42601: a column definition list is only allowed for functions returning "record" at 42
ERROR 42601: a column definition list is redundant for a function with OUT parameters at 41
DROP TABLE
