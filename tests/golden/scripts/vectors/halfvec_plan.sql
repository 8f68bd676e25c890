# A halfvec column is searched as a vector column is, by its own operator classes.
CREATE TABLE t (id int PRIMARY KEY, vec halfvec(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,1]');
CREATE INDEX near ON t USING hnsw (vec halfvec_l2_ops);
[plan] SELECT id FROM t ORDER BY vec <-> '[1,0.9]' LIMIT 1;
[plan] SELECT id FROM t ORDER BY vec <=> '[1,0.9]' LIMIT 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[1,0.89990234]')
>         Exact: index near is not built for any row
2
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <=> '[1,0.89990234]')
>         Exact: no index on vec for cosine
2
DROP TABLE
