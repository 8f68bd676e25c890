# A row that its own transaction inserts and deletes again is never written; no number is taken for it.
CREATE TABLE t (id int PRIMARY KEY, a int);
BEGIN;
INSERT INTO t VALUES (1, 1), (2, 2);
UPDATE t SET a = 3 WHERE id = 1;
DELETE FROM t WHERE id = 2;
[ops] COMMIT;
DROP TABLE t;
---
CREATE TABLE
BEGIN
INSERT 0 2
UPDATE 1
DELETE 1
COMMIT
> put sequences row t: 2
> put keys t (1): 1
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 1
> commit
DROP TABLE
