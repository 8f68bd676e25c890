# A block writes nothing until COMMIT, which writes everything as one version: a frame a table.
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY);
BEGIN;
[ops] INSERT INTO a VALUES (1);
[ops] INSERT INTO b VALUES (1);
[ops] INSERT INTO a VALUES (2);
[ops] COMMIT;
DROP TABLE a;
DROP TABLE b;
---
CREATE TABLE
CREATE TABLE
BEGIN
INSERT 0 1
> nothing written
INSERT 0 1
> nothing written
INSERT 0 1
> nothing written
COMMIT
> put sequences row a: 3
> put keys a (1): 1
> put keys a (2): 2
> put delta a @3: frame to 1 KiB
> put sequences row b: 2
> put keys b (1): 1
> put delta b @3: frame to 1 KiB
> put commits @3: time a b
> put times time: 3
> put meta head: 3 0 2
> commit
DROP TABLE
DROP TABLE
