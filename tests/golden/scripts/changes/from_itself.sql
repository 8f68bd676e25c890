# A statement reads the snapshot it began with: an insert from its own table ends.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
[ops] INSERT INTO t SELECT id + 10, a FROM t;
[ops] UPDATE t SET a = (SELECT max(a) FROM t) + 1 WHERE id > 10;
SELECT * FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
INSERT 0 2
> put sequences row t: 5
> put keys t (11): 3
> put keys t (12): 4
> put delta t @3: frame to 1 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 1
> commit
UPDATE 2
> put deletes t @4: deletes to 1 KiB
> put sequences row t: 7
> put keys t (11): 5
> put keys t (12): 6
> put delta t @4: frame to 1 KiB
> put commits @4: time t
> put times time: 4
> put meta head: 4 0 1
> commit
1 | 1
2 | 2
11 | 3
12 | 3
DROP TABLE
