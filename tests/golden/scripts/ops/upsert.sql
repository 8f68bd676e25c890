# ON CONFLICT DO UPDATE: new rows and the rows changed are one transaction.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1);
[ops] INSERT INTO t VALUES (1, 10), (2, 20) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.a;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
INSERT 0 2
> put deletes t @3: deletes to 1 KiB
> put sequences row t: 4
> put keys t (1): 2
> put keys t (2): 3
> put delta t @3: frame to 1 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 1
> commit
DROP TABLE
