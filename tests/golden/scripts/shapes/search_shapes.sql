CREATE TABLE s (id int PRIMARY KEY, doc int, a vector(2), b vector(2));
INSERT INTO s VALUES (1, 1, '[0,0]', '[1,0]'), (2, 1, '[1,0]', '[0,1]'), (3, 2, '[2,0]', '[1,1]'), (4, 2, '[3,0]', NULL), (5, NULL, '[4,0]', '[1,2]'), (6, 3, NULL, '[1,0]');
---
CREATE TABLE
INSERT 0 6

# A range: the rows within a distance, with other conditions, orders and limits.
SELECT id, a <-> '[0,0]' AS d FROM s WHERE a <-> '[0,0]' <= 2 ORDER BY d;
SELECT id FROM s WHERE l2(a, '[0,0]') < 2;
SELECT id FROM s WHERE a <-> '[0,0]' < 3.5 AND doc = 2 ORDER BY id DESC;
SELECT id FROM s ORDER BY a <-> '[0,0]' LIMIT 2 WHERE a <-> '[0,0]' BETWEEN 1 AND 3;
SELECT id FROM s WHERE a <#> '[1,0]' < -2 ORDER BY id;
SELECT id FROM s WHERE inner_product(a, '[1,0]') > 2 ORDER BY id;
SELECT id FROM s WHERE a <-> '[0,0]' > 2 ORDER BY id;
SELECT id FROM s WHERE NOT a <-> '[0,0]' < 2 ORDER BY id;
SELECT count(*) FROM s WHERE a <+> '[0,0]' < 2.5;
SELECT id FROM s WHERE a <-> '[0,0,0]' < 1;
---
1 | 0
2 | 1
3 | 2
1, 2
4, 3
2, 3
4, 5
4, 5
4, 5
3, 4, 5
3
ERROR 22000: different vector dimensions 2 and 3

# Pages by key and by number.
SELECT id FROM s WHERE (a <-> '[0,0]', id) > (1, 2) ORDER BY a <-> '[0,0]', id LIMIT 2;
SELECT id FROM s WHERE (doc, id) <= (1, 2) ORDER BY id;
SELECT id FROM s WHERE (doc, id) = (2, 3) OR (doc, id) <> (1, 1) AND id < 3 ORDER BY id;
SELECT id FROM s ORDER BY a <-> '[0,0]', id LIMIT 2 OFFSET 2;
SELECT id FROM s ORDER BY a <-> '[0,0]', id LIMIT 2 OFFSET 5;
---
3, 4
1, 2
2, 3
3, 4
6

# Several distances in one order.
SELECT id, 0.5 * (a <-> '[4,0]') + 2 * (b <-> '[1,0]') AS s FROM s ORDER BY s, id LIMIT 3;
SELECT id FROM s ORDER BY 1 - (a <-> '[0,0]') DESC NULLS LAST LIMIT 2;
SELECT id, rrf(a <-> '[4,0]', b <-> '[1,0]') AS score FROM s ORDER BY score DESC LIMIT 3;
SELECT id, rrf(a <-> '[4,0]', b <-> '[1,0]', k => 1, weights => '{1,0}', depth => 2) AS score FROM s ORDER BY score DESC, id LIMIT 10;
SELECT id FROM s ORDER BY rrf(a <-> '[4,0]', b <-> '[1,0]') LIMIT 3;
SELECT id FROM s ORDER BY rrf(a <-> '[4,0]', b <-> '[1,0]') DESC;
SELECT upper(x.id::text), score > 0 FROM (SELECT id, rrf(a <-> '[4,0]', b <-> '[1,0]') AS score FROM s ORDER BY score DESC LIMIT 2) x;
UPDATE s SET doc = 1 WHERE id = 1 RETURNING rrf(a <-> '[4,0]', b <-> '[1,0]');
---
1 | 2
3 | 3
5 | 4
1, 2
1 | 0.03177805800756621
5 | 0.03177805800756621
3 | 0.031746031746031744
5 | 0.5
4 | 0.3333333333333333
1 | 0
2 | 0
3 | 0
6 | 0
ERROR 42P10: rrf() is a score, the best rows have the greatest
HINT: Write ORDER BY rrf(...) DESC.
ERROR 0A000: ORDER BY rrf(...) needs a LIMIT
1 | t
5 | t
ERROR 0A000: rrf() stands alone in the select list and in ORDER BY at 45

# The nearest of each group.
SELECT id, doc FROM s ORDER BY a <-> '[0,0]' LIMIT 2 PER doc;
SELECT id, doc FROM s ORDER BY a <-> '[0,0]' LIMIT 3 ROWS PER doc 2;
SELECT id, doc FROM s ORDER BY a <-> '[0,0]' LIMIT ALL PER doc OFFSET 1;
SELECT DISTINCT ON (doc) doc, id FROM s ORDER BY doc, a <-> '[9,0]';
SELECT id FROM s ORDER BY id LIMIT 2 PER doc;
SELECT doc AS per FROM s per WHERE per.id = 1;
---
1 | 1
3 | 2
1 | 1
2 | 1
3 | 2
4 | 2
5 | NULL
ERROR 0A000: LIMIT ... PER is supported for an ORDER BY one distance
1 | 2
2 | 4
3 | 6
NULL | 5
ERROR 0A000: LIMIT ... PER is supported for an ORDER BY one distance
1

# For each row of another relation.
SELECT x.id, n.id, n.d FROM s x, LATERAL (SELECT id, a <-> x.b AS d FROM s ORDER BY d LIMIT 2) n WHERE x.id < 3 ORDER BY 1, 3;
SELECT x.id, n.id FROM s x LEFT JOIN LATERAL (SELECT y.id FROM s y WHERE y.doc = x.doc AND y.id <> x.id ORDER BY y.a <-> x.a LIMIT 1) n ON true ORDER BY 1;
---
1 | 2 | 0
1 | 1 | 1
2 | 1 | 1
2 | 2 | 1.4142135623730951
1 | 2
2 | 1
3 | 4
4 | 3
5 | NULL
6 | NULL

# Inside a transaction, and back in time.
BEGIN;
DELETE FROM s WHERE id = 1;
INSERT INTO s VALUES (7, 1, '[0.5,0]', '[1,0]');
SELECT id FROM s WHERE a <-> '[0,0]' < 1.5 ORDER BY id;
SELECT id FROM s ORDER BY rrf(a <-> '[0,0]', b <-> '[1,0]') DESC LIMIT 2;
SELECT id FROM s ORDER BY a <-> '[0,0]' LIMIT 2 PER doc;
ROLLBACK;
CREATE SNAPSHOT shapes;
DELETE FROM s WHERE id < 3;
SELECT id FROM s WHERE a <-> '[0,0]' < 1.5 ORDER BY id AS OF SNAPSHOT 'shapes';
SELECT id FROM s ORDER BY 0.5 * (a <-> '[0,0]') + (b <-> '[1,0]') LIMIT 2 AS OF SNAPSHOT 'shapes';
SELECT id FROM s ORDER BY a <-> '[0,0]' LIMIT 2 PER doc AS OF SNAPSHOT 'shapes';
DROP SNAPSHOT shapes;
---
BEGIN
DELETE 1
INSERT 0 1
2, 7
7, 2
7, 3
ROLLBACK
CREATE SNAPSHOT
DELETE 2
1, 2
1, 2
1, 3
DROP SNAPSHOT

# What EXPLAIN says.
CREATE INDEX near ON s (a vector_l2_ops);
EXPLAIN SELECT id FROM s WHERE a <-> '[0,0]' < 2 AND doc = 1;
EXPLAIN SELECT id FROM s WHERE a <=> '[1,0]' < 2 ORDER BY id;
EXPLAIN SELECT id FROM s ORDER BY a <-> '[0,0]' LIMIT 2 WHERE a <-> '[0,0]' > 1;
EXPLAIN SELECT id FROM s ORDER BY 0.5 * (a <-> '[4,0]') + (b <-> '[1,0]') LIMIT 3;
EXPLAIN SELECT id FROM s ORDER BY rrf(a <-> '[4,0]', b <-> '[1,0]') DESC LIMIT 3 WHERE doc = 2;
EXPLAIN SELECT id FROM s ORDER BY a <-> '[0,0]' LIMIT 3 PER doc 2;
EXPLAIN SELECT DISTINCT ON (doc) id FROM s ORDER BY doc, a <-> '[9,0]';
EXPLAIN (ANALYZE, RECALL) SELECT id FROM s WHERE a <-> '[0,0]' < 3;
DROP TABLE s;
---
CREATE INDEX
Vector Scan on s (rows=1)
  Range: ((a <-> '[0,0]') < 2)
  Exact: index near is not built for any row
  Filter: (doc = 1)
Vector Scan on s (rows=2)
  Range: ((a <=> '[1,0]') < 2)
  Exact: no index on a for cosine
  Order By: id
Limit: 2 (rows=2)
  ->  Vector Scan on s (rows=2)
        Range: ((a <-> '[0,0]') > 1)
        Exact: index near is not built for any row
        Order By: (a <-> '[0,0]')
Limit: 3 (rows=3)
  ->  Fused Search on s (rows=6)
        Order By: ((0.5 * (a <-> '[4,0]')) + (b <-> '[1,0]'))
        ->  Vector Scan on s (rows=6)
              Order By: (a <-> '[4,0]')
              Exact: index near is not built for any row
        ->  Vector Scan on s (rows=6)
              Order By: (b <-> '[1,0]')
              Exact: no index on b for l2
Limit: 3 (rows=1)
  ->  Fused Search on s (rows=1)
        Order By: rrf((a <-> '[4,0]'), (b <-> '[1,0]')) DESC
        Filter: (doc = 2)
        ->  Vector Scan on s (rows=1)
              Order By: (a <-> '[4,0]')
              Exact: index near is not built for any row
        ->  Vector Scan on s (rows=1)
              Order By: (b <-> '[1,0]')
              Exact: no index on b for l2
Limit: 3 (rows=3)
  ->  Vector Scan on s (rows=6)
        Order By: (a <-> '[0,0]')
        Exact: index near is not built for any row
        Nearest: 2 per doc
Seq Scan on s (rows=6)
  Sort Key: doc, (a <-> '[9,0]')
  Unique: doc
Vector Scan on s (rows=2) (actual time=N ms rows=1)
  Range: ((a <-> '[0,0]') < 3)
  Exact: index near is not built for any row
  Strategy: exact range on delta (4 of 6 rows pass)
Recall Target: 0.95
Recall Measured: 1.0000 against the exact answer
Execution Time: N ms
DROP TABLE
