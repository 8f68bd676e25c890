# The next page: rows behind a distance and a key, without the pages before.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,0]'), (3, '[1,0]'), (4, '[2,0]');
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]', id LIMIT 2;
[plan] SELECT id FROM t WHERE (vec <-> '[0,0]', id) > (1, 2) ORDER BY vec <-> '[0,0]', id LIMIT 2;
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]', id LIMIT 2 OFFSET 2;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 4
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=4)
>         Order By: (vec <-> '[0,0]')
>         Exact: no index on vec for l2
1, 2
> Limit: 2 (rows=1)
>   ->  Vector Scan on t (rows=1)
>         Range: (((vec <-> '[0,0]') > 1) OR (((vec <-> '[0,0]') = 1) AND (id > 2)))
>         Exact: no index on vec for l2
>         Order By: (vec <-> '[0,0]'), id
3, 4
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=4)
>         Order By: (vec <-> '[0,0]')
>         Exact: no index on vec for l2
3, 4
DROP TABLE
