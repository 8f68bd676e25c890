# UPDATE and DELETE find their rows as a SELECT would; nothing is changed by showing the plan.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
[plan] UPDATE t SET a = a + 1 WHERE id = 2;
[plan] DELETE FROM t WHERE a = 3 RETURNING id;
[plan] INSERT INTO t SELECT id + 10, a FROM t WHERE a = 1;
[plan] INSERT INTO t VALUES (4, 4);
SELECT * FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Update on t
>   ->  Index Scan using t_pkey on t (rows=1)
>         Index Cond: (id = 2)
UPDATE 1
> Delete on t
>   ->  Seq Scan on t (rows=1)
>         Filter: (a = 3)
3
2
DELETE 2
> Insert on t
>   ->  Seq Scan on t (rows=1)
>         Filter: (a = 1)
INSERT 0 1
> Insert on t
>   ->  Values (rows=1)
INSERT 0 1
1 | 1
4 | 4
11 | 1
DROP TABLE
