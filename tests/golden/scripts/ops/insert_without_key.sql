# Rows of a table without a primary key leave nothing in keys.
CREATE TABLE t (a int);
[ops] INSERT INTO t VALUES (1), (1);
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
> put sequences row t: 3
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 1
> commit
DROP TABLE
