# A scan goes through an index of its own distance, and only while the index is there.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[1,0]'), (2, '[0,1]');
CREATE INDEX by_l2 ON t USING hnsw (vec vector_l2_ops);
CREATE INDEX by_cosine ON t USING ivfflat (vec vector_cosine_ops);
[plan] SELECT id FROM t ORDER BY vec <-> '[1,0]' LIMIT 1;
[plan] SELECT id FROM t ORDER BY vec <=> '[0,3]' LIMIT 1;
[plan] SELECT id FROM t ORDER BY vec <#> '[1,0]' LIMIT 1;
DROP INDEX by_l2;
[plan] SELECT id FROM t ORDER BY vec <-> '[1,0]' LIMIT 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
CREATE INDEX
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[1,0]')
>         Exact: index by_l2 is not built for any row
1
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <=> '[0,3]')
>         Exact: index by_cosine is not built for any row
2
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <#> '[1,0]')
>         Exact: no index on vec for inner_product
1
DROP INDEX
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[1,0]')
>         Exact: no index on vec for l2
1
DROP TABLE
