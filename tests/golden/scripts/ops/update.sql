# An update is a delete and an insert under one version; where the key stays, it leads to the new row.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
[ops] UPDATE t SET a = 10 WHERE id = 1;
[ops] UPDATE t SET id = 3 WHERE id = 2;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
UPDATE 1
> put deletes t @3: deletes to 1 KiB
> put sequences row t: 4
> put keys t (1): 3
> put delta t @3: frame to 1 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 1
> commit
UPDATE 1
> put deletes t @4: deletes to 1 KiB
> delete keys t (2)
> put sequences row t: 5
> put keys t (3): 4
> put delta t @4: frame to 1 KiB
> put commits @4: time t
> put times time: 4
> put meta head: 4 0 1
> commit
DROP TABLE
