# A primary key among the keys of GROUP BY determines all columns of its table; what no key does is refused.
CREATE TABLE t (id int PRIMARY KEY, a int, b text, j json, v vector(2));
INSERT INTO t VALUES (1, 10, 'x', '{"a":1}', '[1,2]'), (2, 20, 'y', '{"a":2}', '[3,4]'), (3, 20, 'y', NULL, NULL);
CREATE TABLE o (id int PRIMARY KEY, tid int, n numeric(4,2));
INSERT INTO o VALUES (1, 1, 1.5), (2, 1, 2), (3, 2, 5);
SELECT id, a, b, j, v, count(*) FROM t GROUP BY id ORDER BY id;
SELECT t.*, sum(o.n) FROM t LEFT JOIN o ON o.tid = t.id GROUP BY t.id ORDER BY t.b, t.id;
SELECT t.id FROM t LEFT JOIN o ON o.tid = t.id GROUP BY t.id HAVING t.a > 10 ORDER BY t.a, t.id;
SELECT t.id, (SELECT count(*) FROM o WHERE o.tid = t.id AND t.a > 5) FROM t GROUP BY t.id ORDER BY 1;
SELECT id, b, j, count(*) FROM t GROUP BY GROUPING SETS ((id), (id, b)) ORDER BY 1, 2;
SELECT id, b, count(*) FROM t GROUP BY ROLLUP (id);
SELECT z.i, z.b2 FROM t z (i, a2, b2) GROUP BY z.i ORDER BY 1;
SELECT o.id, o.n, t.b FROM t JOIN o ON o.tid = t.id GROUP BY o.id;
WITH q AS (SELECT * FROM t) SELECT id, b FROM q GROUP BY id;
SELECT count(*), (SELECT a) FROM t;
SELECT (SELECT max(o.n) FROM o WHERE o.tid = max(t.id)) FROM t;
SELECT * FROM t GROUP BY a;
SELECT id FROM t WHERE a IN (SELECT max(t.a));
SELECT 1 FROM t JOIN o ON count(*) > 1;
SELECT sum(a + sum(id)) FROM t;
SELECT sum(row_number() OVER ()) FROM t;
SELECT 1 FROM t HAVING row_number() OVER () > 1;
SELECT count(*) FROM t WHERE row_number() OVER () > 1;
SELECT row_number() OVER (ORDER BY row_number() OVER ()) FROM t;
SELECT sum(count(*)) OVER () FROM t;
SELECT 1 LIMIT count(*);
---
CREATE TABLE
INSERT 0 3
CREATE TABLE
INSERT 0 3
1 | 10 | x | {"a":1} | [1,2] | 1
2 | 20 | y | {"a":2} | [3,4] | 1
3 | 20 | y | NULL | NULL | 1
1 | 10 | x | {"a":1} | [1,2] | 3.50
2 | 20 | y | {"a":2} | [3,4] | 5.00
3 | 20 | y | NULL | NULL | NULL
2, 3
1 | 2
2 | 1
3 | 0
1 | x | {"a":1} | 1
1 | NULL | {"a":1} | 1
2 | y | {"a":2} | 1
2 | NULL | {"a":2} | 1
3 | y | NULL | 1
3 | NULL | NULL | 1
ERROR 42803: column "t.b" must appear in the GROUP BY clause or be used in an aggregate function at 12
1 | x
2 | y
3 | y
ERROR 42803: column "t.b" must appear in the GROUP BY clause or be used in an aggregate function at 19
ERROR 42803: column "q.b" must appear in the GROUP BY clause or be used in an aggregate function at 40
ERROR 42803: subquery uses ungrouped column "t.a" from outer query at 26
NULL
ERROR 42803: column "t.id" must appear in the GROUP BY clause or be used in an aggregate function at 8
ERROR 42803: aggregate functions are not allowed in WHERE at 37
ERROR 42803: aggregate functions are not allowed in JOIN conditions at 27
ERROR 42803: aggregate function calls cannot be nested at 16
ERROR 42803: aggregate function calls cannot contain window function calls at 12
ERROR 42P20: window functions are not allowed in HAVING at 24
ERROR 42P20: window functions are not allowed in WHERE at 30
ERROR 42P20: window functions are not allowed in window definitions at 36
3
ERROR 42803: aggregate functions are not allowed in LIMIT at 16
