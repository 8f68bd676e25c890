# A block sees its own rows by the same plan, written nowhere yet.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,0]');
BEGIN;
[ops] INSERT INTO t VALUES (3, '[0.5,0]');
[ops] DELETE FROM t WHERE id = 1;
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' LIMIT 2;
[plan] SELECT id FROM t WHERE id = 3;
[ops] ROLLBACK;
SELECT id FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
BEGIN
INSERT 0 1
> nothing written
DELETE 1
> nothing written
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=3)
>         Order By: (vec <-> '[0,0]')
>         Exact: no index on vec for l2
3, 2
> Index Scan using t_pkey on t (rows=1)
>   Index Cond: (id = 3)
3
ROLLBACK
> nothing written
1, 2
DROP TABLE
