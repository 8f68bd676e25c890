# The vector to search near may come from anywhere that has one value.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,0]'), (3, '[1,1]');
[plan] SELECT id FROM t ORDER BY vec <-> (SELECT vec FROM t WHERE id = 3) LIMIT 2;
[plan] SELECT id FROM t ORDER BY vec <-> ('[' || '1,1' || ']')::vector LIMIT 1;
[plan] SELECT a.id, b.id FROM t a, t b WHERE a.id < b.id ORDER BY a.vec <-> b.vec, 1 LIMIT 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=3)
>         Order By: (vec <-> (subquery))
>         Exact: no index on vec for l2
3, 2
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=3)
>         Order By: (vec <-> ((('[' || '1,1') || ']'))::vector)
>         Exact: no index on vec for l2
3
> Relational (DuckDB)
>   Not by Tuples: <->
1 | 2
DROP TABLE
