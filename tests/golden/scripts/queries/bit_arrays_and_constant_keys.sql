# Arrays of bit strings come back as they went in; a path of several dimensions is its elements.
CREATE TABLE t (id int PRIMARY KEY, b bit(4));
INSERT INTO t VALUES (1, B'1010'), (2, NULL)
---
CREATE TABLE
INSERT 0 2

SELECT array_agg(b ORDER BY id), ARRAY[B'01', NULL] FROM t
---
{1010,NULL} | {01,NULL}

SELECT id, ARRAY[b] FROM t ORDER BY id
---
1 | {1010}
2 | {NULL}

SELECT '{"a":{"b":2}}'::jsonb #> '{{a,b}}'::text[], '{"a":{"b":2}}'::json #>> '{{a,b}}'::text[]
---
2 | 2

# Constants are no keys.
SELECT id FROM t ORDER BY NULL, id DESC LIMIT 2
---
ERROR 42601: non-integer constant in ORDER BY at 27

SELECT id FROM t ORDER BY 'a'
---
ERROR 42601: non-integer constant in ORDER BY at 27

SELECT count(*) FROM t GROUP BY id, 1.5
---
ERROR 42601: non-integer constant in GROUP BY at 37

SELECT id FROM t UNION SELECT 3 ORDER BY true
---
ERROR 42601: non-integer constant in ORDER BY at 42

SELECT id FROM t ORDER BY id, ('a')
---
ERROR 42601: non-integer constant in ORDER BY at 32

SELECT id FROM t ORDER BY -1
---
ERROR 42P10: ORDER BY position -1 is not in select list at 27

SELECT id FROM t ORDER BY upper('a'), 'a' || b::text NULLS FIRST
---
2, 1
