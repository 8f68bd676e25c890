# A table says which one it is; its other columns of the system are refused by name.
CREATE TABLE sc_a (id int PRIMARY KEY, name text);
CREATE TABLE sc_b (id int PRIMARY KEY, name text);
INSERT INTO sc_a VALUES (1, 'x'), (2, 'y');
INSERT INTO sc_b VALUES (1, 'x'), (3, NULL);
SELECT tableoid = 'sc_a'::regclass AS own, * FROM sc_a ORDER BY id;
SELECT tableoid::regclass, count(*) FROM sc_a GROUP BY tableoid;
SELECT sc_a.tableoid::regclass, sc_b.tableoid::regclass, * FROM sc_a FULL JOIN sc_b USING (id) ORDER BY id;
SELECT sc_a.tableoid::regclass AS a, sc_b.tableoid::regclass AS b FROM sc_a NATURAL FULL JOIN sc_b ORDER BY 1, 2;
SELECT c.tableoid::regclass FROM pg_class c WHERE relname = 'sc_a';
SELECT tableoid FROM sc_a, sc_b;
SELECT tableoid FROM (SELECT 1) q;
WITH q AS (SELECT * FROM sc_a) SELECT tableoid FROM q;
DROP TABLE sc_a, sc_b;
---
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 2
t | 1 | x
t | 2 | y
sc_a | 2
sc_a | sc_b | 1 | x | x
sc_a | NULL | 2 | y | NULL
NULL | sc_b | 3 | NULL | NULL
sc_a | sc_b
sc_a | NULL
NULL | sc_b
pg_class
ERROR 42702: column reference "tableoid" is ambiguous at 8
ERROR 42703: column "tableoid" does not exist at 8
ERROR 42703: column "tableoid" does not exist at 39
DROP TABLE
