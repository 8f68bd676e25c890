# A sort that a limit follows keeps no more rows than the limit asks for.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 3), (2, 1), (3, NULL), (4, 2);
[plan] SELECT id FROM t ORDER BY a DESC NULLS LAST, id LIMIT 2;
[plan] SELECT id FROM t ORDER BY a OFFSET 2;
[plan] SELECT id FROM t LIMIT 0;
[plan] SELECT DISTINCT a FROM t WHERE a IS NOT NULL ORDER BY a;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 4
> Limit: 2 (rows=2)
>   ->  Seq Scan on t (rows=4)
>         Sort Key: a DESC, id
1, 4
> Seq Scan on t (rows=4)
>   Sort Key: a
1, 3
> Limit: 0 (rows=0)
>   ->  Seq Scan on t (rows=4)
(no rows)
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1, 2, 3
DROP TABLE
