# Reading writes nothing: not now, not in the past, not through DuckDB.
CREATE TABLE t (id int PRIMARY KEY, vec vector(2));
INSERT INTO t VALUES (1, '[0,0]'), (2, '[1,0]');
[moment] before;
[ops] SELECT id FROM t ORDER BY vec <-> '[1,0]' LIMIT 1;
[ops] SELECT count(*) FROM t AS a JOIN t AS b ON a.id < b.id;
[ops] SELECT id FROM t WHERE id = 1 AS OF $before;
[ops] EXPLAIN DELETE FROM t;
[ops] SET vql.recall = 0.9;
RESET vql.recall;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
2
> nothing written
1
> nothing written
1
> nothing written
Delete on t
  ->  Seq Scan on t (rows=2)
> nothing written
SET
> nothing written
RESET
DROP TABLE
