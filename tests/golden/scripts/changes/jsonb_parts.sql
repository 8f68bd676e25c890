# Subscripts of jsonb are assigned to: what is missing on the way is made.
CREATE TABLE jp (id int PRIMARY KEY, a int[], j jsonb);
INSERT INTO jp VALUES (1, '{1,2}', '{"a": 1, "b": {"c": [1,2]}}');
UPDATE jp SET j['a'] = '2', j['b']['c'][0] = '"x"', j['n'] = '{"z": 1}' RETURNING j;
UPDATE jp SET j['b']['c'][5] = '9' RETURNING j['b'];
UPDATE jp SET j['b']['c'][-1] = '8', j['q']['r'][2] = '1', j['k'] = NULL RETURNING j;
UPDATE jp SET j['k'] = to_jsonb(a) RETURNING j['k'][1];
UPDATE jp SET j['a']['x'] = '1';
UPDATE jp SET j['b']['c'][-100] = '1';
UPDATE jp SET j['b']['c']['no'] = '1';
UPDATE jp SET j['k'] = 5;
UPDATE jp SET j[NULL] = '1';
UPDATE jp SET j = NULL;
UPDATE jp SET j['new'] = '1' RETURNING j;
UPDATE jp SET j = NULL;
UPDATE jp SET j[2] = '1' RETURNING j;
DROP TABLE jp;
---
CREATE TABLE
INSERT 0 1
{"a": 2, "b": {"c": ["x", 2]}, "n": {"z": 1}}
UPDATE 1
{"c": ["x", 2, null, null, null, 9]}
UPDATE 1
{"a": 2, "b": {"c": ["x", 2, null, null, null, 8]}, "k": null, "n": {"z": 1}, "q": {"r": [null, null, 1]}}
UPDATE 1
2
UPDATE 1
ERROR 22023: cannot replace existing key
DETAIL: The path assumes key is a composite object, but it is a scalar value.
ERROR 22023: path element at position 3 is out of range: -100
ERROR 22P02: path element at position 3 is not an integer: "no"
ERROR 42804: subscripted assignment to "j" requires type jsonb but expression is of type integer at 15
HINT: You will need to rewrite or cast the expression.
ERROR 22004: jsonb subscript in assignment must not be null
UPDATE 1
{"new": 1}
UPDATE 1
UPDATE 1
[null, null, 1]
UPDATE 1
DROP TABLE

# Parts of values are assigned to in ON CONFLICT DO UPDATE.
CREATE TYPE jp_t AS (f int, g text);
CREATE TABLE jp (id int PRIMARY KEY, a int[], c jp_t, j jsonb);
INSERT INTO jp VALUES (1, '{1,2,3}', '(1,x)', '{}');
INSERT INTO jp VALUES (1, '{7}') ON CONFLICT (id) DO UPDATE SET a[2] = excluded.a[1] + 1, c.f = (jp.c).f + 1, j['z'] = '3';
SELECT * FROM jp;
INSERT INTO jp VALUES (1, '{7}') ON CONFLICT (id) DO UPDATE SET a[1:2] = '{8,9}', c.g = 'q' RETURNING a, (c).g;
INSERT INTO jp VALUES (1, '{7}') ON CONFLICT (id) DO UPDATE SET a[2] = a[1];
DROP TABLE jp;
DROP TYPE jp_t;
---
CREATE TYPE
CREATE TABLE
INSERT 0 1
INSERT 0 1
1 | {1,8,3} | (2,x) | {"z": 3}
{8,9,3} | q
INSERT 0 1
ERROR 42702: column reference "a" is ambiguous at 72
DROP TABLE
DROP TYPE

# Members of documents that are rows.
CREATE TYPE jp_t AS (f int, g text);
SELECT * FROM json_to_record('{"a":1,"d":{"f":1,"g":"q"}}') AS x(a int, d jp_t);
SELECT * FROM jsonb_to_recordset('[{"d":{"f":1}},{"d":null},{}]') AS x(d jp_t);
DROP TYPE jp_t;
---
CREATE TYPE
1 | (1,q)
(1,), NULL, NULL
DROP TYPE
