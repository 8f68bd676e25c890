# A search for each row of another relation runs as one batch of searches.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,0]'), (3, '[5,0]');
[plan] SELECT x.id, n.id FROM t x, LATERAL (SELECT id FROM t y WHERE y.id <> x.id ORDER BY y.vec <-> x.vec LIMIT 1) n ORDER BY 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Relational (DuckDB)
>   k-NN Join: t, one search for all rows with equal conditions
1 | 2
2 | 1
3 | 2
DROP TABLE
