# RETURNING shows the rows as they are now, or were when they were deleted, and writes what the change writes.
CREATE TABLE t (id bigserial PRIMARY KEY, a int);
[ops] INSERT INTO t (a) VALUES (5) RETURNING *;
[ops] UPDATE t SET a = a * 2 RETURNING id, a;
[ops] DELETE FROM t RETURNING a + 1;
DROP TABLE t;
---
CREATE TABLE
1 | 5
INSERT 0 1
> put sequences numbering t_id_seq: 1
> commit
> put sequences row t: 2
> put keys t (1): 1
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 2
> commit
1 | 10
UPDATE 1
> put deletes t @3: deletes to 1 KiB
> put sequences row t: 3
> put keys t (1): 2
> put delta t @3: frame to 1 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 2
> commit
11
DELETE 1
> put deletes t @4: deletes to 1 KiB
> delete keys t (1)
> put commits @4: time t
> put times time: 4
> put meta head: 4 0 2
> commit
DROP TABLE
