# TRUNCATE puts an empty table in the place of the old one: the past stays readable.
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
> put sequences object: 16503
> commit
> put catalog t @3: empty
> put catalog t @3: definition to 1 KiB
> put commits @3: time t t
> put times time: 3
> put meta head: 3 0 3
> commit
2
DROP TABLE
