# A name leads to the table that had it at the moment: a dropped table and a new one of its name are two objects.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
[moment] first;
[ops] DROP TABLE t;
[moment] between;
CREATE TABLE t (id int PRIMARY KEY, a text);
[ops] INSERT INTO t VALUES (1, 'new');
SELECT * FROM t AS OF $first;
SELECT * FROM t AS OF $between;
SELECT * FROM t;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
DROP TABLE
> put catalog t @3: empty
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 2
> commit
CREATE TABLE
INSERT 0 1
> put sequences row t: 2
> put keys t (1): 1
> put delta t @5: frame to 1 KiB
> put commits @5: time t
> put times time: 5
> put meta head: 5 0 3
> commit
1
ERROR 42P01: relation "t" does not exist at 15
1 | new
DROP TABLE
