# xmax tells rows that ON CONFLICT inserted from those that it updated, and rows that are there from those that are gone.
CREATE TABLE xm (id int PRIMARY KEY, v text);
INSERT INTO xm VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING id, (xmax = 0) AS inserted;
INSERT INTO xm VALUES (1, 'b'), (2, 'c') ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING id, (xmax = 0) AS inserted;
INSERT INTO xm AS x VALUES (1, 'b'), (3, 'c') ON CONFLICT (id) DO UPDATE SET v = excluded.v
  RETURNING *, x.xmax = 0 AS new, xmax::text::bigint > 0 AS old, CASE WHEN xmax::text = '0' THEN 'i' ELSE 'u' END AS what;
WITH s AS (INSERT INTO xm SELECT g, 'z' FROM generate_series(3, 4) g ON CONFLICT (id) DO UPDATE SET v = 'y' RETURNING id, xmax = 0 AS new)
  SELECT * FROM s ORDER BY id;
INSERT INTO xm VALUES (5, 'a') RETURNING xmax, (xm).id, xmax = 0;
INSERT INTO xm VALUES (6, 'a') ON CONFLICT DO NOTHING RETURNING xmax;
UPDATE xm SET v = 'u' WHERE id = 5 RETURNING xmax, xm.xmax = 0, old.xmax = 0, new.xmax;
DELETE FROM xm WHERE id = 5 RETURNING xmax = 0, old.xmax = 0, new.xmax;
INSERT INTO xm VALUES (5, 'a') RETURNING old.xmax, new.xmax;
INSERT INTO xm VALUES (5, 'b') ON CONFLICT (id) DO UPDATE SET v = 'q' RETURNING old.xmax = 0, new.xmax = 0, old.v, new.v, xmax = 0;
INSERT INTO xm VALUES (5, 'b') ON CONFLICT (id) DO UPDATE SET v = 'never' WHERE xm.xmax = 0 RETURNING id;
MERGE INTO xm USING (VALUES (5, 'k'), (7, 'l')) s(i, w) ON xm.id = s.i WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (i, w)
  RETURNING xm.id, xm.xmax = 0;
UPDATE xm SET v = w FROM (VALUES (1, 'x')) s(i, w) WHERE i = id RETURNING xm.xmax, s.i;
DELETE FROM xm USING (VALUES (1, 'x')) s(i, w) WHERE i = id RETURNING xm.xmax = 0, s.i;
UPDATE xm SET v = 'm' WHERE xmax = 0 AND id = 7 RETURNING id;
DELETE FROM xm WHERE xmax <> 0 AND id = 7 RETURNING id;
SELECT t.xmax, id, pg_typeof(xmax) FROM xm t WHERE id = 7 AND xmax = 0;
SELECT count(*) FROM xm a JOIN xm b ON a.id = b.id WHERE a.xmax = 0 AND b.xmax = '0' AND a.id = 7;
SELECT xmax, tableoid::regclass FROM xm WHERE id = 7 GROUP BY xmax, tableoid;
SELECT xmax FROM xm a, xm b;
SELECT xmax FROM (SELECT * FROM xm) s;
CREATE TABLE xn (xmax int);
CREATE VIEW xv AS SELECT id AS xmax FROM xm WHERE id = 7;
SELECT * FROM xv;
DROP VIEW xv;
DROP TABLE xm;
---
CREATE TABLE
1 | t
INSERT 0 1
1 | f
2 | t
INSERT 0 2
1 | b | f | t | u
3 | c | t | f | i
INSERT 0 2
3 | f
4 | t
0 | 5 | t
INSERT 0 1
0
INSERT 0 1
0 | t | f | 0
UPDATE 1
f | f | NULL
DELETE 1
NULL | 0
INSERT 0 1
f | f | a | q | f
INSERT 0 1
INSERT 0 0
5 | f
7 | t
MERGE 2
0 | 1
UPDATE 1
f | 1
DELETE 1
7
UPDATE 1
DELETE 0
0 | 7 | xid
1
0 | xm
ERROR 42702: column reference "xmax" is ambiguous at 8
ERROR 42703: column "xmax" does not exist at 8
ERROR 42701: column name "xmax" conflicts with a system column name
CREATE VIEW
7
DROP VIEW
DROP TABLE
