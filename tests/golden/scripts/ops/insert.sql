# A small insert is a frame of rows, a key a row and the record of the commit, in one transaction.
CREATE TABLE t (id int PRIMARY KEY, brand text, vec vector(2));
[ops] INSERT INTO t VALUES (1, 'x', '[0,0]'), (2, 'y', '[1,0]');
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
> put sequences row t: 3
> put keys t (1): 1
> put keys t (2): 2
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 1
> commit
DROP TABLE
