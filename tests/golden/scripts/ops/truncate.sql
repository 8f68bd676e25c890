# TRUNCATE deletes rows as DELETE does: the past stays readable.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
[moment] before;
[ops] TRUNCATE t;
SELECT count(*) FROM t AS OF $before;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
TRUNCATE TABLE
> put deletes t @3: deletes to 1 KiB
> delete keys t (1)
> delete keys t (2)
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 1
> commit
2
DROP TABLE
