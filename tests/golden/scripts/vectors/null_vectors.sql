# Rows without a vector come last and fill the limit; pgvector's indexes leave them out, and so do we where only
# an index may answer.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[1,0]'), (2, NULL);
CREATE INDEX near ON t USING hnsw (vec vector_l2_ops);
[plan] SELECT id FROM t ORDER BY vec <-> '[1,0]' LIMIT 5;
SET enable_seqscan = off;
[plan] SELECT id FROM t ORDER BY vec <-> '[1,0]' LIMIT 5;
RESET enable_seqscan;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
> Limit: 5 (rows=2)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[1,0]')
>         Exact: index near is not built for any row
1, 2
SET
> Limit: 5 (rows=2)
>   ->  Vector Scan on t (rows=2)
>         Order By: (vec <-> '[1,0]')
>         Exact: index near is not built for any row
1
RESET
DROP TABLE
