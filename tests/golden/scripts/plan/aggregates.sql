# Aggregates, windows and set operations run in DuckDB on the same snapshot.
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30);
[plan] SELECT count(*) FROM t WHERE a = 1;
[plan] SELECT a, sum(b) FROM t GROUP BY a HAVING sum(b) > 29 ORDER BY a;
[plan] SELECT id, row_number() OVER (PARTITION BY a ORDER BY b DESC) FROM t ORDER BY id;
[plan] SELECT id FROM t WHERE a = 1 UNION ALL SELECT b FROM t WHERE a = 2 ORDER BY 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
2
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1 | 30
2 | 30
> Relational (DuckDB)
>   Not by Tuples: a window
1 | 2
2 | 1
3 | 1
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1, 2, 30
DROP TABLE
