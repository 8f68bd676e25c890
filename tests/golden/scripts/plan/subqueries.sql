# A vector search inside a query of DuckDB's is still a vector search of ours.
CREATE TABLE t (id int PRIMARY KEY, brand text, vec vector(2));
INSERT INTO t VALUES (1, 'x', '[0,0]'), (2, 'y', '[1,0]'), (3, 'x', '[2,0]');
[plan] SELECT brand, count(*) FROM (SELECT brand FROM t ORDER BY vec <-> '[0,0]' LIMIT 2) AS near GROUP BY brand ORDER BY 1;
[plan] WITH near AS (SELECT id FROM t ORDER BY vec <-> '[2,0]' LIMIT 1) SELECT t.brand FROM t JOIN near USING (id);
[plan] SELECT id FROM t WHERE id IN (SELECT max(id) FROM t);
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
>   ->  Limit: 2 (rows=2)
>         ->  Vector Scan on t (rows=3)
>               Order By: (vec <-> '[0,0]')
>               Exact: no index on vec for l2
x | 1
y | 1
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
>   ->  Limit: 1 (rows=1)
>         ->  Vector Scan on t (rows=3)
>               Order By: (vec <-> '[2,0]')
>               Exact: no index on vec for l2
x
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
3
DROP TABLE
