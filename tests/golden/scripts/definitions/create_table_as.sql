# CREATE TABLE AS is one version: the definition and the rows.
CREATE TABLE t (id int PRIMARY KEY, brand text);
INSERT INTO t VALUES (1, 'x'), (2, 'y');
[ops] CREATE TABLE u AS SELECT id, brand FROM t WHERE id > 1;
SELECT * FROM u;
DROP TABLE t;
DROP TABLE u;
---
CREATE TABLE
INSERT 0 2
SELECT 1
> put sequences object: 16503
> commit
> put sequences row u: 2
> put delta u @3: frame to 1 KiB
> put catalog u @3: definition to 1 KiB
> put commits @3: time u
> put times time: 3
> put meta head: 3 0 2
> commit
2 | y
DROP TABLE
DROP TABLE
