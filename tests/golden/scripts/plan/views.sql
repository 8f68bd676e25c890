# A query of a view that is one table goes through the table's indexes.
CREATE TABLE t (id int PRIMARY KEY, brand text, emb vector(2), n int);
INSERT INTO t VALUES (1, 'x', '[1,1]', 5), (2, 'y', '[2,2]', 6), (3, 'x', '[3,3]', 7);
CREATE VIEW w AS SELECT id AS key, brand, emb FROM t WHERE n > 5;
CREATE VIEW narrower (k, e) AS SELECT key, emb FROM w WHERE brand = 'x';
CREATE VIEW counted AS SELECT brand, count(*) FROM t GROUP BY brand;
EXPLAIN SELECT key FROM w ORDER BY emb <-> '[1,1]' LIMIT 2;
SELECT key FROM w ORDER BY emb <-> '[1,1]' LIMIT 2;
EXPLAIN SELECT k AS name FROM narrower n WHERE n.k > 1 ORDER BY n.e <-> '[1,1]' LIMIT 2;
SELECT k AS name FROM narrower n WHERE n.k > 1 ORDER BY n.e <-> '[1,1]' LIMIT 2;
EXPLAIN SELECT * FROM w WHERE key = 2;
SELECT * FROM w WHERE key = 2;
EXPLAIN SELECT * FROM counted;
SELECT * FROM (SELECT key FROM w ORDER BY emb <-> '[3,3]' LIMIT 1) q JOIN t ON t.id = q.key;
ALTER TABLE t ADD COLUMN later int;
EXPLAIN SELECT key FROM w ORDER BY emb <-> '[1,1]' LIMIT 2;
SELECT key FROM w ORDER BY emb <-> '[1,1]' LIMIT 2;
DROP TABLE t CASCADE;
---
CREATE TABLE
INSERT 0 3
CREATE VIEW
CREATE VIEW
CREATE VIEW
Limit: 2 (rows=1)
  ->  Vector Scan on t (rows=1)
        Order By: (emb <-> '[1,1]')
        Exact: no index on emb for l2
        Filter: (n > 5)
2, 3
Limit: 2 (rows=1)
  ->  Vector Scan on t (rows=1)
        Order By: (emb <-> '[1,1]')
        Exact: no index on emb for l2
        Filter: ((n > 5) AND (brand = 'x') AND (id > 1))
3
Index Scan using t_pkey on t (rows=1)
  Index Cond: (id = 2)
  Filter: (n > 5)
2 | y | [2,2]
Relational (tuples or DuckDB)
  By Tuples: up to 2000 rows gone through
3 | 3 | x | [3,3] | 7
ALTER TABLE
Limit: 2 (rows=1)
  ->  Vector Scan on t (rows=1)
        Order By: (emb <-> '[1,1]')
        Exact: no index on emb for l2
        Filter: (n > 5)
2, 3
DROP TABLE
