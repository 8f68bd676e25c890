# A bound on a distance is a range of the search, not a condition tested on every row.
CREATE TABLE t (id int PRIMARY KEY, a int, vec vector(2));
INSERT INTO t VALUES (1, 1, '[0,0]'), (2, 1, '[1,0]'), (3, 2, '[2,0]'), (4, 2, NULL);
CREATE INDEX near ON t USING hnsw (vec vector_l2_ops);
[plan] SELECT id FROM t WHERE vec <-> '[0,0]' < 1.5 ORDER BY id;
[plan] SELECT id FROM t WHERE vec <-> '[0,0]' < 1.5 AND a = 1 ORDER BY vec <-> '[0,0]' DESC;
[plan] SELECT id FROM t WHERE vec <-> '[0,0]' BETWEEN 0.5 AND 2 ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 4
CREATE INDEX
> Vector Scan on t (rows=1)
>   Range: ((vec <-> '[0,0]') < 1.5)
>   Exact: index near is not built for any row
>   Order By: id
1, 2
> Vector Scan on t (rows=1)
>   Range: ((vec <-> '[0,0]') < 1.5)
>   Exact: index near is not built for any row
>   Order By: (vec <-> '[0,0]') DESC
>   Filter: (a = 1)
2, 1
> Vector Scan on t (rows=1)
>   Range: ((vec <-> '[0,0]') >= 0.5)
>   Range: ((vec <-> '[0,0]') <= 2)
>   Exact: index near is not built for any row
>   Order By: id
2, 3
DROP TABLE
