# ROW(t.*) has the columns of t, beside others.
CREATE TABLE t (id int PRIMARY KEY, s text);
INSERT INTO t VALUES (1, 'a'), (2, NULL);
SELECT ROW(t.*) FROM t ORDER BY id;
SELECT ROW(t.*, 5, t.*) FROM t ORDER BY id;
SELECT (t.*, id + 1), ROW(id, (ROW(1, 2)).*) FROM t ORDER BY id;
SELECT id FROM t WHERE ROW(t.*) = ROW(1, 'a');
SELECT ROW(t.*) IS NULL, ROW(t.*) IS NOT NULL, ROW(t) FROM t ORDER BY id;
SELECT ROW(x.*) FROM (VALUES (1, 'z')) x(a, b);
SELECT ROW(nope.*) FROM t;
SELECT ROW(*) FROM t;
VALUES (1, 2), (3, 4) UNION ALL SELECT 5, 6 ORDER BY nope;
SELECT id FROM t UNION SELECT 3 ORDER BY s;
SELECT id FROM t UNION SELECT 3 ORDER BY id + 1;
---
CREATE TABLE
INSERT 0 2
(1,a), (2,)
(1,a,5,1,a), (2,,5,2,)
(1,a,2) | (1,1,2)
(2,,3) | (2,1,2)
1
f | t | ("(1,a)")
f | f | ("(2,)")
(1,z)
ERROR 42P01: missing FROM-clause entry for table "nope" at 12
ERROR 42601: syntax error at or near "*" at 12
ERROR 42703: column "nope" does not exist at 54
ERROR 42703: column "s" does not exist at 42
ERROR 0A000: invalid UNION/INTERSECT/EXCEPT ORDER BY clause at 42
DETAIL: Only result column names can be used, not expressions or functions.
HINT: Add the expression/function to every SELECT, or move the UNION into a FROM clause.
