# What the fuzzer found: ANY wants an array, a number wants no truth value.
CREATE TABLE t (id int PRIMARY KEY, n numeric, ts timestamp);
INSERT INTO t VALUES (1, 1, '2024-01-01');
SELECT id FROM t WHERE id = ANY (5);
SELECT 0, ts = ANY (9223372036854775807) FROM t;
SELECT id FROM t WHERE id = ANY ('{1,2}');
UPDATE t SET n = true;
INSERT INTO t VALUES (2, true, NULL);
---
CREATE TABLE
INSERT 0 1
ERROR 42809: op ANY/ALL (array) requires array on right side at 27
ERROR 42809: op ANY/ALL (array) requires array on right side at 14
1
ERROR 42804: column "n" is of type numeric but expression is of type boolean at 18
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "n" is of type numeric but expression is of type boolean at 26
HINT: You will need to rewrite or cast the expression.
