# A block that has failed writes nothing, also where it is asked to commit.
CREATE TABLE t (id int PRIMARY KEY);
BEGIN;
INSERT INTO t VALUES (1);
SELECT 1/0 FROM t;
[ops] COMMIT;
SELECT count(*) FROM t;
DROP TABLE t;
---
CREATE TABLE
BEGIN
INSERT 0 1
ERROR 22012: division by zero
ROLLBACK
> nothing written
0
DROP TABLE
