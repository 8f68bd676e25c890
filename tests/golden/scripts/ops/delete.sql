# A delete writes which rows end at its version and forgets their keys; no row is touched.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
[ops] DELETE FROM t WHERE a > 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
DELETE 2
> put deletes t @3: deletes to 1 KiB
> delete keys t (2)
> delete keys t (3)
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 1
> commit
DROP TABLE
