# NULL is greater than every value, a distance to a vector that is NULL too; NULLS FIRST and LAST say otherwise.
CREATE TABLE t (id int PRIMARY KEY, a int, vec vector(2));
INSERT INTO t VALUES (1, NULL, '[0,0]'), (2, 2, NULL), (3, 3, '[1,0]');
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' LIMIT 3;
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' DESC LIMIT 3;
[plan] SELECT id FROM t ORDER BY a;
[plan] SELECT id FROM t ORDER BY a DESC;
[plan] SELECT id FROM t ORDER BY a NULLS FIRST;
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' DESC NULLS LAST LIMIT 3;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
> Limit: 3 (rows=3)
>   ->  Vector Scan on t (rows=3)
>         Order By: (vec <-> '[0,0]')
>         Exact: no index on vec for l2
1, 3, 2
> Limit: 3 (rows=3)
>   ->  Seq Scan on t (rows=3)
>         Sort Key: (vec <-> '[0,0]') DESC
2, 3, 1
> Seq Scan on t (rows=3)
>   Sort Key: a
2, 3, 1
> Seq Scan on t (rows=3)
>   Sort Key: a DESC
1, 3, 2
> Seq Scan on t (rows=3)
>   Sort Key: a
1, 2, 3
> Limit: 3 (rows=3)
>   ->  Seq Scan on t (rows=3)
>         Sort Key: (vec <-> '[0,0]') DESC
3, 1, 2
DROP TABLE
