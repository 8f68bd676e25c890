# Definitions and rows of one block are one version: nobody sees the table without its rows.
BEGIN;
[ops] CREATE TABLE t (id int PRIMARY KEY);
[ops] INSERT INTO t VALUES (1);
[ops] COMMIT;
DROP TABLE t;
---
BEGIN
CREATE TABLE
> put sequences object: 16501
> commit
> put sequences object: 16502
> commit
INSERT 0 1
> nothing written
COMMIT
> put sequences row t: 2
> put keys t (1): 1
> put delta t @1: frame to 1 KiB
> put catalog t @1: definition to 1 KiB
> put commits @1: time t
> put times time: 1
> put meta head: 1 0 1
> commit
DROP TABLE
