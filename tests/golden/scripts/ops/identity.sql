# Numbers of an identity column are taken in a transaction of their own, and are gone after a rollback.
CREATE TABLE t (id bigserial PRIMARY KEY, a int);
[ops] INSERT INTO t (a) VALUES (1), (2);
BEGIN;
[ops] INSERT INTO t (a) VALUES (3);
[ops] ROLLBACK;
INSERT INTO t (a) VALUES (4) RETURNING id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
> put sequences numbering t_id_seq: 2
> commit
> put sequences row t: 3
> put keys t (1): 1
> put keys t (2): 2
> put delta t @2: frame to 1 KiB
> put commits @2: time t
> put times time: 2
> put meta head: 2 0 2
> commit
BEGIN
INSERT 0 1
> put sequences numbering t_id_seq: 3
> commit
ROLLBACK
> nothing written
4
INSERT 0 1
DROP TABLE
