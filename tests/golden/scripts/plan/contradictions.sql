# A condition that no row can meet is still a condition: it reads nothing and returns nothing.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, NULL);
[plan] SELECT id FROM t WHERE a = NULL;
[plan] SELECT id FROM t WHERE false;
[plan] SELECT id FROM t WHERE id IN (NULL);
[plan] SELECT id FROM t WHERE a > 1 AND a < 1;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
> Seq Scan on t (rows=1)
>   Filter: (a = NULL)
(no rows)
> Seq Scan on t (rows=1)
>   Filter: 'f'
(no rows)
> Seq Scan on t (rows=1)
>   Filter: (id IN (NULL))
(no rows)
> Seq Scan on t (rows=1)
>   Filter: ((a > 1) AND (a < 1))
(no rows)
DROP TABLE
