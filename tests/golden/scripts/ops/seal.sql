# VACUUM seals: the frames of several commits become one segment file, and their deletes one frame.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
INSERT INTO t VALUES (3, 3);
DELETE FROM t WHERE id = 1;
DELETE FROM t WHERE id = 2;
[ops] VACUUM t;
[ops] VACUUM t;
SELECT id FROM t;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
INSERT 0 1
DELETE 1
DELETE 1
VACUUM
> delete delta t @2
> delete delta t @3
> put sequences segment: 2
> put manifest t 1: segment record to 1 KiB
> put swaps 1: 16500
> put meta head: 5 1 1
> commit
> delete deletes t @4
> delete deletes t @5
> put deletes t @5: deletes to 1 KiB
> commit
> new file in segments to 16 KiB
VACUUM
> nothing written
3
DROP TABLE
