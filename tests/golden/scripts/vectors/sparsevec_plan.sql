# A sparse column is searched exactly where it has no index of inverted lists.
CREATE TABLE t (id int PRIMARY KEY, words sparsevec(10));
INSERT INTO t VALUES (1, '{1:1}/10'), (2, '{2:1,3:1}/10');
[plan] SELECT id FROM t ORDER BY words <#> '{3:2}/10' LIMIT 1;
CREATE INDEX near ON t USING hnsw (words sparsevec_ip_ops);
[plan] SELECT id FROM t ORDER BY words <#> '{3:2}/10' LIMIT 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (words <#> '{3:2}/10')
>         Exact: no index on words for inner_product
2
CREATE INDEX
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (words <#> '{3:2}/10')
>         Exact: index near is not built for any row
2
DROP TABLE
