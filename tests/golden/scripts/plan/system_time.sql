# The past goes through the same plan as now.
CREATE TABLE t (id int PRIMARY KEY, a int, vec vector(2));
INSERT INTO t VALUES (1, 1, '[0,0]'), (2, 2, '[1,0]');
CREATE INDEX near ON t USING hnsw (vec vector_l2_ops);
CREATE SNAPSHOT past;
DELETE FROM t WHERE id = 1;
[plan] SELECT id FROM t WHERE a = 1 AS OF SNAPSHOT 'past';
[plan] SELECT id FROM t WHERE id = 1 AS OF SNAPSHOT 'past';
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' LIMIT 1 AS OF SNAPSHOT 'past';
DROP SNAPSHOT past;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
CREATE SNAPSHOT
DELETE 1
> Seq Scan on t (rows=1)
>   Filter: (a = 1)
>   As Of: snapshot 'past'
1
> Index Scan using t_pkey on t (rows=1)
>   Index Cond: (id = 1)
>   As Of: snapshot 'past'
1
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[0,0]')
>         Exact: index near is not built for any row
>         As Of: snapshot 'past'
1
DROP SNAPSHOT
DROP TABLE
