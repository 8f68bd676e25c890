# An index made later serves the moments before it, too.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,0]');
[moment] before;
DELETE FROM t WHERE id = 1;
CREATE INDEX near ON t USING hnsw (vec vector_l2_ops);
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' LIMIT 2;
SELECT id FROM t ORDER BY vec <-> '[0,0]' LIMIT 2 AS OF $before;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
DELETE 1
CREATE INDEX
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[0,0]')
>         Exact: index near is not built for any row
2
1, 2
DROP TABLE
