# A change that changes no row writes nothing, and makes no version.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1);
[ops] UPDATE t SET a = 2 WHERE id = 9;
[ops] DELETE FROM t WHERE a IS NULL;
[ops] INSERT INTO t SELECT * FROM t WHERE id = 9;
[ops] INSERT INTO t VALUES (1, 5) ON CONFLICT DO NOTHING;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
UPDATE 0
> nothing written
DELETE 0
> nothing written
INSERT 0 0
> nothing written
INSERT 0 0
> nothing written
DROP TABLE
