# Of several errors the one is told that PostgreSQL meets first: FROM, select list, WHERE, HAVING, ORDER BY, GROUP BY, OFFSET, LIMIT; WHERE, RETURNING, SET.
CREATE TABLE t (id int PRIMARY KEY, f text);
SELECT x FROM t WHERE y = 1;
SELECT id FROM t JOIN t u ON nope WHERE nope2;
SELECT id, count(*) FROM t WHERE nope GROUP BY id HAVING nope2;
SELECT id FROM t GROUP BY nope HAVING nope2 ORDER BY nope3;
SELECT id FROM t LIMIT nope OFFSET nope2;
SELECT f(id), id FROM t WHERE id = 'x';
SELECT id || 1 FROM t WHERE sum(id) > 1;
SELECT t.* FROM t u WHERE nope;
SELECT u.* FROM t WHERE nope;
SELECT u.* FROM t JOIN t v ON true WHERE nope;
UPDATE t SET id = nope WHERE nope2;
UPDATE t SET id = id WHERE nope RETURNING nope2;
UPDATE t SET id = nope RETURNING nope2;
DELETE FROM t WHERE nope RETURNING nope2;
INSERT INTO t SELECT nope FROM t WHERE nope2;
SELECT (SELECT 1 WHERE sum(t.id) > 0) FROM t;
SELECT (SELECT count(*) FROM t u WHERE sum(t.id) > u.id) FROM t;
---
CREATE TABLE
ERROR 42703: column "x" does not exist at 8
ERROR 42703: column "nope" does not exist at 30
ERROR 42703: column "nope" does not exist at 34
ERROR 42703: column "nope2" does not exist at 39
ERROR 42703: column "nope2" does not exist at 36
ERROR 42883: function f(integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: integer || integer at 11
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42P01: missing FROM-clause entry for table "t" at 8
ERROR 42P01: missing FROM-clause entry for table "u" at 8
ERROR 42P01: missing FROM-clause entry for table "u" at 8
ERROR 42703: column "nope2" does not exist at 30
ERROR 42703: column "nope" does not exist at 28
ERROR 42703: column "nope2" does not exist at 34
ERROR 42703: column "nope" does not exist at 21
ERROR 42703: column "nope" does not exist at 22
NULL
0
