# A dropped table has an empty definition at the version of its end; its rows stay for the past.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
[moment] before;
[ops] DROP TABLE t;
SELECT * FROM t;
SELECT * FROM t AS OF $before;
---
CREATE TABLE
INSERT 0 1
DROP TABLE
> put catalog t @3: empty
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 2
> commit
ERROR 42P01: relation "t" does not exist at 15
1
