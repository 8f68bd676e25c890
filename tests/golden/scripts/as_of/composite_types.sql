# A value of a composite type from before an ALTER TYPE is put back field by field, by their numbers.
CREATE TYPE part AS (a int, b int);
CREATE TABLE t (id int, c part);
INSERT INTO t VALUES (1, ROW(10, 20));
[moment] before;
ALTER TYPE part DROP ATTRIBUTE a;
ALTER TYPE part ADD ATTRIBUTE z int;
SELECT c FROM t AS OF $before;
INSERT INTO t SELECT id + 1, c FROM t AS OF $before;
SELECT id, c, (c).b, (c).z FROM t ORDER BY id;
UPDATE t SET c.z = 5 WHERE id = 2;
SELECT c FROM t ORDER BY id;
DROP TABLE t;
DROP TYPE part;
---
CREATE TYPE
CREATE TABLE
INSERT 0 1
ALTER TYPE
ALTER TYPE
(10,20)
INSERT 0 1
1 | (20,) | 20 | NULL
2 | (20,) | 20 | NULL
UPDATE 1
(20,), (20,5)
DROP TABLE
DROP TYPE
