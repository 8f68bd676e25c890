# The nearest of each group is one search, in both spellings.
CREATE TABLE t (id int PRIMARY KEY, doc int, vec vector(2));
INSERT INTO t VALUES (1, 1, '[0,0]'), (2, 1, '[1,0]'), (3, 2, '[2,0]'), (4, NULL, '[3,0]');
[plan] SELECT id FROM t ORDER BY vec <-> '[0,0]' LIMIT 2 PER doc;
[plan] SELECT DISTINCT ON (doc) doc, id FROM t ORDER BY doc, vec <-> '[0,0]';
DROP TABLE t;
---
CREATE TABLE
INSERT 0 4
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=4)
>         Order By: (vec <-> '[0,0]')
>         Exact: no index on vec for l2
>         Nearest: 1 per doc
1, 3
> Seq Scan on t (rows=4)
>   Sort Key: doc, (vec <-> '[0,0]')
>   Unique: doc
1 | 1
2 | 3
NULL | 4
DROP TABLE
