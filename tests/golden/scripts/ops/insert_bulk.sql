# From 10,000 rows on an insert is a segment file, written before the transaction that names it.
CREATE TABLE t (id int PRIMARY KEY, vec vector(4));
[ops] INSERT INTO t SELECT i, '[1,2,3,4]' FROM generate_series(1, 10000) AS g(i);
DROP TABLE t;
---
CREATE TABLE
INSERT 0 10000
> put sequences row t: 10001
> put keys t (1): 1
> put keys t (2): 2
> put keys t (3): 3
> put keys t (4): 4
> put keys: 9996 more
> put sequences segment: 2
> put manifest t 1: segment record to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 1
> commit
> new file in segments to 1 MiB
DROP TABLE
