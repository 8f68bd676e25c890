# The past is read only, and reading it is no version.
CREATE TABLE t (id int PRIMARY KEY, a int);
[ops] INSERT INTO t VALUES (1, 1);
[moment] before;
[ops] UPDATE t SET a = 2;
[ops] BEGIN AS OF $before;
[ops] UPDATE t SET a = 3;
[ops] ROLLBACK;
[ops] SELECT a FROM t AS OF $before;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
> put sequences row t: 2
> put keys t (1): 1
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 1
> commit
UPDATE 1
> put deletes t @3: deletes to 1 KiB
> put sequences row t: 3
> put keys t (1): 2
> put delta t @3: frame to 1 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 1
> commit
BEGIN
> nothing written
ERROR 25006: cannot change data in a read-only transaction or the past
> nothing written
ROLLBACK
> nothing written
1
> nothing written
DROP TABLE
