# Conditions on elements, with NULL arrays, elements and values, as PostgreSQL answers them.
CREATE TABLE t (id int PRIMARY KEY, tags text[]);
INSERT INTO t VALUES (1, '{a,b}'), (2, '{}'), (3, NULL), (4, '{c,NULL}'), (5, '{a,a,NULL}'), (6, '{b}');
SELECT id, 'a' = ANY (tags), 'a' <> ALL (tags), 'a' = ALL (tags), 'a' <> ANY (tags) FROM t ORDER BY id;
SELECT id, NULL = ANY (tags), NULL = ALL (tags), tags && NULL FROM t ORDER BY id;
SELECT id, tags @> ARRAY['a'], tags @> '{}', tags @> ARRAY['a', NULL], tags && ARRAY['a', 'c'] FROM t ORDER BY id;
SELECT id, tags <@ ARRAY['a', 'b'], ARRAY['a'] <@ tags, ARRAY['a', NULL]::text[] && tags FROM t ORDER BY id;
SELECT id FROM t WHERE 'a' = ANY (tags) AND NOT tags && '{b}' ORDER BY id;
[plan] SELECT id FROM t WHERE 'a' = ANY (tags) AND tags && ARRAY['b', 'c'];
DELETE FROM t WHERE 'a' <> ALL (tags);
SELECT id FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 6
1 | t | f | f | t
2 | f | t | t | f
3 | NULL | NULL | NULL | NULL
4 | NULL | NULL | f | t
5 | t | f | NULL | NULL
6 | f | t | f | t
1 | NULL | NULL | NULL
2 | f | t | NULL
3 | NULL | NULL | NULL
4 | NULL | NULL | NULL
5 | NULL | NULL | NULL
6 | NULL | NULL | NULL
1 | t | t | f | t
2 | f | t | f | f
3 | NULL | NULL | NULL | NULL
4 | f | t | f | t
5 | t | t | f | t
6 | f | t | f | f
1 | t | t | t
2 | t | f | f
3 | NULL | NULL | NULL
4 | f | f | f
5 | f | t | t
6 | t | f | f
5
> Seq Scan on t (rows=1)
>   Filter: (('a' = ANY (tags)) AND (tags && ARRAY['b', 'c']))
1
DELETE 2
1, 3, 4, 5
DROP TABLE
