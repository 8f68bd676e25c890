# ROLLBACK forgets what nobody has written yet, and so does ROLLBACK TO SAVEPOINT.
CREATE TABLE t (id int PRIMARY KEY);
BEGIN;
INSERT INTO t VALUES (1);
[ops] ROLLBACK;
BEGIN;
INSERT INTO t VALUES (2);
SAVEPOINT s;
INSERT INTO t VALUES (3);
ROLLBACK TO SAVEPOINT s;
[ops] COMMIT;
SELECT id FROM t;
DROP TABLE t;
---
CREATE TABLE
BEGIN
INSERT 0 1
ROLLBACK
> nothing written
BEGIN
INSERT 0 1
SAVEPOINT
INSERT 0 1
ROLLBACK
COMMIT
> put sequences row t: 2
> put keys t (2): 1
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 1
> commit
2
DROP TABLE
