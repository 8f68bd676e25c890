# Volatile functions of a select list are called for each sorted row in its order, and in queries of FROM and WITH whoever reads them.
CREATE TABLE t (id int PRIMARY KEY, f text);
INSERT INTO t SELECT i, 'x' || i FROM generate_series(1, 5) i;
CREATE SEQUENCE s;
SELECT id, nextval('s') AS n FROM t ORDER BY id DESC LIMIT 3;
SELECT id, nextval('s') + id * 100 AS n, f FROM t ORDER BY id DESC;
SELECT nextval('s') AS n, x FROM (VALUES (3), (1), (2)) v(x) ORDER BY x DESC;
SELECT id % 2 AS odd, nextval('s') + count(*) * 100 AS n FROM t GROUP BY 1 ORDER BY 1 DESC;
SELECT id, nextval('s') AS n, row_number() OVER (ORDER BY id DESC) FROM t ORDER BY id DESC LIMIT 2;
SELECT DISTINCT ON (id % 3) id, nextval('s') AS n FROM t ORDER BY id % 3, id DESC;
SELECT id, (SELECT count(*) FROM t u WHERE u.id <= t.id) + nextval('s') * 10 AS n FROM t ORDER BY length(f), id DESC;
SELECT id, nextval('s') AS n FROM t ORDER BY n DESC;
CREATE TABLE made AS SELECT nextval('s') AS n, id FROM t ORDER BY id DESC;
INSERT INTO made (n, id) SELECT nextval('s'), id FROM t ORDER BY id DESC LIMIT 2;
SELECT * FROM made ORDER BY n;
SELECT setval('s', 1);
SELECT a FROM (SELECT 1 AS a, nextval('s') AS b) q;
SELECT currval('s');
SELECT count(*) FROM (SELECT nextval('s') FROM generate_series(1, 3)) q;
SELECT currval('s');
SELECT a FROM (SELECT id AS a, nextval('s') AS b FROM t) q ORDER BY 1;
SELECT currval('s');
SELECT a FROM (SELECT id AS a, nextval('s') AS b FROM t UNION ALL SELECT 6, 6) q ORDER BY 1;
SELECT currval('s');
WITH c AS (SELECT nextval('s') AS x, 1 AS y) SELECT y FROM c;
SELECT currval('s');
WITH c AS (SELECT nextval('s') AS x, id FROM t) SELECT a.id, a.x = b.x FROM c a JOIN c b USING (id) ORDER BY 1;
SELECT currval('s');
WITH c AS NOT MATERIALIZED (SELECT nextval('s') AS x, id FROM t) SELECT id FROM c ORDER BY 1;
SELECT currval('s');
WITH c AS (SELECT nextval('s') AS x) SELECT 3;
SELECT currval('s');
SELECT EXISTS (SELECT nextval('s') FROM t);
SELECT currval('s');
SELECT t.id FROM t, LATERAL (SELECT nextval('s') AS n, t.id) q ORDER BY 1;
SELECT currval('s');
CREATE VIEW v AS SELECT id, nextval('s') AS n FROM t;
SELECT id FROM v WHERE id = 2;
SELECT currval('s');
SELECT count(*) FROM v;
SELECT currval('s');
---
CREATE TABLE
INSERT 0 5
CREATE SEQUENCE
5 | 1
4 | 2
3 | 3
5 | 504 | x5
4 | 405 | x4
3 | 306 | x3
2 | 207 | x2
1 | 108 | x1
9 | 3
10 | 2
11 | 1
1 | 312
0 | 213
5 | 14 | 1
4 | 15 | 2
3 | 16
4 | 17
5 | 18
5 | 195
4 | 204
3 | 213
2 | 222
1 | 231
5 | 28
4 | 27
3 | 26
2 | 25
1 | 24
SELECT 5
INSERT 0 2
29 | 5
30 | 4
31 | 3
32 | 2
33 | 1
34 | 5
35 | 4
1
1
2
3
5
1, 2, 3, 4, 5
10
1, 2, 3, 4, 5, 6
15
1
16
1 | t
2 | t
3 | t
4 | t
5 | t
21
1, 2, 3, 4, 5
26
3
26
t
26
1, 2, 3, 4, 5
31
CREATE VIEW
2
32
5
37
