# What a function reads is of the moment that it is called at, in a part of a statement too.
CREATE TABLE fao (a int PRIMARY KEY);
INSERT INTO fao VALUES (1), (2);
CREATE SNAPSHOT fao_without;
CREATE FUNCTION fao_n(x int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM fao WHERE a >= x';
CREATE FUNCTION fao_twice(x int) RETURNS bigint LANGUAGE sql AS 'WITH w AS (SELECT fao_n(x) AS n) SELECT 2 * n FROM w';
CREATE FUNCTION fao_rows(x int) RETURNS SETOF fao LANGUAGE sql AS 'SELECT * FROM fao WHERE a >= x ORDER BY a';
CREATE VIEW fao_v AS SELECT fao_n(1) AS n, (SELECT count(*) FROM fao) AS rows;
CREATE SNAPSHOT fao_then;
INSERT INTO fao VALUES (3);
SELECT fao_n(1), fao_twice(2);
SELECT fao_n(1), fao_twice(2) FROM fao LIMIT 1 AS OF SNAPSHOT 'fao_then';
SELECT q.*, fao_n(1) FROM (SELECT fao_n(1), fao_twice(2), (SELECT count(*) FROM fao_rows(1)) FROM fao AS OF SNAPSHOT 'fao_then' LIMIT 1) q;
SELECT q.*, v.* FROM (SELECT * FROM fao_v AS OF SNAPSHOT 'fao_then') q, fao_v v;
SELECT f.a, r.a FROM (SELECT a FROM fao AS OF SNAPSHOT 'fao_then') f, LATERAL fao_rows(f.a) r ORDER BY 1, 2;
SELECT (SELECT array_agg(a) FROM fao_rows(2) AS OF SNAPSHOT 'fao_then'), (SELECT array_agg(a) FROM fao_rows(2));
SELECT * FROM (SELECT fao_n(1) FROM fao AS OF SNAPSHOT 'fao_without' LIMIT 1) q;
DROP VIEW fao_v;
DROP FUNCTION fao_n, fao_twice, fao_rows;
DROP TABLE fao;
DROP SNAPSHOT fao_without;
DROP SNAPSHOT fao_then;
---
CREATE TABLE
INSERT 0 2
CREATE SNAPSHOT
CREATE FUNCTION
CREATE FUNCTION
CREATE FUNCTION
CREATE VIEW
CREATE SNAPSHOT
INSERT 0 1
3 | 4
2 | 2
2 | 2 | 2 | 3
2 | 2 | 3 | 3
1 | 1
1 | 2
1 | 3
2 | 2
2 | 3
{2} | {2,3}
ERROR 42883: function fao_n(integer) does not exist at 23
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
DROP VIEW
DROP FUNCTION
DROP TABLE
DROP SNAPSHOT
DROP SNAPSHOT
