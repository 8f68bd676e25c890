# A condition on the whole primary key is one look into keys; any other needs the rows.
CREATE TABLE t (a int, b text, c int, PRIMARY KEY (a, b));
INSERT INTO t VALUES (1, 'x', 10), (1, 'y', 20), (2, 'x', 30);
[plan] SELECT c FROM t WHERE a = 1 AND b = 'y';
[plan] SELECT c FROM t WHERE b = 'y' AND a = 1 AND c > 100;
[plan] SELECT c FROM t WHERE a = 1 ORDER BY c;
[plan] SELECT c FROM t WHERE a = 1 AND b > 'x';
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Index Scan using t_pkey on t (rows=1)
>   Index Cond: ((a = 1) AND (b = 'y'))
20
> Index Scan using t_pkey on t (rows=1)
>   Index Cond: ((a = 1) AND (b = 'y'))
>   Filter: (c > 100)
(no rows)
> Seq Scan on t (rows=1)
>   Sort Key: c
>   Filter: (a = 1)
10, 20
> Seq Scan on t (rows=1)
>   Filter: ((a = 1) AND (b > 'x'))
20
DROP TABLE
