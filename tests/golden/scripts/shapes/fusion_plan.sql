# Two distances in one order are two searches whose hits are put together.
CREATE TABLE t (id int PRIMARY KEY, a vector(2), b vector(2));
INSERT INTO t VALUES (1, '[0,0]', '[1,0]'), (2, '[1,0]', '[0,1]'), (3, '[2,0]', '[1,1]');
[plan] SELECT id FROM t ORDER BY (a <-> '[0,0]') + 2 * (b <-> '[1,1]') LIMIT 2;
[plan] SELECT id FROM t ORDER BY rrf(a <-> '[0,0]', b <-> '[1,1]') DESC LIMIT 2;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Limit: 2 (rows=2)
>   ->  Fused Search on t (rows=3)
>         Order By: ((a <-> '[0,0]') + (2 * (b <-> '[1,1]')))
>         ->  Vector Scan on t (rows=3)
>               Order By: (a <-> '[0,0]')
>               Exact: no index on a for l2
>         ->  Vector Scan on t (rows=3)
>               Order By: (b <-> '[1,1]')
>               Exact: no index on b for l2
1, 3
> Limit: 2 (rows=2)
>   ->  Fused Search on t (rows=3)
>         Order By: rrf((a <-> '[0,0]'), (b <-> '[1,1]')) DESC
>         ->  Vector Scan on t (rows=3)
>               Order By: (a <-> '[0,0]')
>               Exact: no index on a for l2
>         ->  Vector Scan on t (rows=3)
>               Order By: (b <-> '[1,1]')
>               Exact: no index on b for l2
1, 3
DROP TABLE
