# Bit strings have distances of their own.
CREATE TABLE t (id int PRIMARY KEY, code bit(4));
INSERT INTO t VALUES (1, B'1010'), (2, B'1111');
CREATE INDEX near ON t USING hnsw (code bit_hamming_ops);
[plan] SELECT id FROM t ORDER BY code <~> B'1110' LIMIT 1;
[plan] SELECT id FROM t ORDER BY code <%> B'1110' LIMIT 2;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
> Limit: 1 (rows=1)
>   ->  Vector Scan on t (rows=2)
>         Order By: (code <~> '1110')
>         Exact: index near is not built for any row
1
> Limit: 2 (rows=2)
>   ->  Vector Scan on t (rows=2)
>         Order By: (code <%> '1110')
>         Exact: no index on code for jaccard
2, 1
DROP TABLE
