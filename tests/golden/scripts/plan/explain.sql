CREATE TABLE p (id int PRIMARY KEY, brand text, price float8, vec vector(2));
INSERT INTO p VALUES (1, 'x', 1, '[1,2]'), (2, 'y', 2, '[3,4]'), (3, 'x', 3, '[5,6]');
---
CREATE TABLE
INSERT 0 3

EXPLAIN SELECT * FROM p;
EXPLAIN SELECT id FROM p WHERE id = 2;
EXPLAIN SELECT id FROM p WHERE brand = 'x' AND price > 1.5 ORDER BY price DESC LIMIT 2;
EXPLAIN SELECT id FROM p WHERE brand LIKE 'x%' OR brand IN ('y', 'z') OR price IS NULL;
EXPLAIN SELECT id FROM p ORDER BY vec <-> '[1,2]' LIMIT 2;
EXPLAIN DELETE FROM p WHERE brand = 'x';
EXPLAIN UPDATE p SET price = 1 WHERE id = 2;
EXPLAIN INSERT INTO p VALUES (4);
---
Seq Scan on p (rows=3)
Index Scan using p_pkey on p (rows=1)
  Index Cond: (id = 2)
Limit: 2 (rows=1)
  ->  Seq Scan on p (rows=1)
        Sort Key: price DESC
        Filter: ((brand = 'x') AND (price > 1.5))
Seq Scan on p (rows=1)
  Filter: (((brand LIKE 'x%') OR (brand IN ('y', 'z'))) OR (price IS NULL))
Limit: 2 (rows=2)
  ->  Vector Scan on p (rows=3)
        Order By: (vec <-> '[1,2]')
        Exact: no index on vec for l2
Delete on p
  ->  Seq Scan on p (rows=1)
        Filter: (brand = 'x')
Update on p
  ->  Index Scan using p_pkey on p (rows=1)
        Index Cond: (id = 2)
Insert on p
  ->  Values (rows=1)

CREATE INDEX near ON p USING hnsw (vec vector_l2_ops);
EXPLAIN SELECT id FROM p ORDER BY vec <-> '[1,2]' LIMIT 2 WHERE brand = 'x';
EXPLAIN SELECT id FROM p ORDER BY vec <=> '[1,2]' LIMIT 2;
EXPLAIN ANALYZE SELECT id FROM p ORDER BY vec <-> '[1,2]' LIMIT 2 WHERE brand = 'x';
EXPLAIN (ANALYZE, RECALL) SELECT id FROM p ORDER BY vec <-> '[1,2]' LIMIT 2;
DROP TABLE p;
---
CREATE INDEX
Limit: 2 (rows=1)
  ->  Vector Scan on p (rows=1)
        Order By: (vec <-> '[1,2]')
        Exact: index near is not built for any row
        Filter: (brand = 'x')
Limit: 2 (rows=2)
  ->  Vector Scan on p (rows=3)
        Order By: (vec <=> '[1,2]')
        Exact: no index on vec for cosine
Limit: 2 (rows=1) (actual time=N ms rows=2)
  ->  Vector Scan on p (rows=1) (actual time=N ms rows=2)
        Order By: (vec <-> '[1,2]')
        Exact: index near is not built for any row
        Filter: (brand = 'x')
        Strategy: exact over ids on delta (2 of 3 rows pass)
Recall Target: 0.95
Execution Time: N ms
Limit: 2 (rows=2) (actual time=N ms rows=2)
  ->  Vector Scan on p (rows=3) (actual time=N ms rows=2)
        Order By: (vec <-> '[1,2]')
        Exact: index near is not built for any row
        Strategy: exact scan on delta (3 of 3 rows pass)
Recall Target: 0.95
Recall Measured: 1.0000 against the exact answer
Execution Time: N ms
DROP TABLE
