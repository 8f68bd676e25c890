# Rows that are not sealed have no index: there is nothing to build before they are.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]');
[ops] CREATE INDEX ON t USING hnsw (vec vector_l2_ops);
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
CREATE INDEX
> put sequences object: 16503
> commit
> put catalog t @3: definition to 16 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 2
> commit
DROP TABLE
