# A read-only block refuses changes before anything of them is done.
CREATE TABLE t (id bigserial PRIMARY KEY);
BEGIN READ ONLY;
[ops] INSERT INTO t DEFAULT VALUES;
ROLLBACK;
[ops] INSERT INTO t DEFAULT VALUES;
DROP TABLE t;
---
CREATE TABLE
BEGIN
ERROR 25006: cannot change data in a read-only transaction or the past
> nothing written
ROLLBACK
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
DROP TABLE
