# What is refused has written nothing, whatever it had done before.
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL);
INSERT INTO t VALUES (1, 1);
[ops] INSERT INTO t VALUES (2, 2), (1, 1);
[ops] INSERT INTO t VALUES (2, NULL);
[ops] UPDATE t SET a = NULL;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (id)=(1) already exists.
> nothing written
ERROR 23502: null value in column "a" of relation "t" violates not-null constraint
DETAIL: Failing row contains (2, null).
> nothing written
ERROR 23502: null value in column "a" of relation "t" violates not-null constraint
DETAIL: Failing row contains (1, null).
> nothing written
DROP TABLE
