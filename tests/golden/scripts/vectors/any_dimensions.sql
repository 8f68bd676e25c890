# A column of vectors without dimensions holds vectors of any; distances are those of rows that have the query's.
CREATE TABLE t (id int PRIMARY KEY, model text, e vector, h halfvec, s sparsevec);
INSERT INTO t VALUES (1, 'a', '[1,2,3]', '[1,2,3]', '{1:1}/3'), (2, 'b', '[1,2]', '[4,5]', '{1:1,2:2}/2');
INSERT INTO t VALUES (3, 'a', NULL, NULL, NULL), (4, 'a', '[3,2,1]', '[3,2,1]', '{3:1}/3');
SELECT * FROM t ORDER BY id;
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 2 ORDER BY attnum;
SELECT id, e <-> '[1,2,3]' FROM t WHERE model = 'a' ORDER BY e <-> '[1,2,3]' LIMIT 3;
SELECT id, h <=> '[1,2,3]' FROM t WHERE model = 'a' ORDER BY h <=> '[1,2,3]' LIMIT 2;
SELECT id, s <+> '{1:1}/3' FROM t WHERE model = 'a' ORDER BY s <+> '{1:1}/3' LIMIT 3;
SELECT id FROM t ORDER BY e <-> '[1,2,3]' LIMIT 1;
SELECT id FROM t ORDER BY e <-> '[1,2]' LIMIT 1;
SELECT id FROM t ORDER BY h <#> '[1,2,3]' LIMIT 1;
SELECT id FROM t ORDER BY s <-> '{1:1}/3' LIMIT 1;
SELECT id, e <-> '[1,2]' FROM t WHERE id = 2;
SELECT id FROM t WHERE e <-> '[1,2,3]' < 1 AND model = 'a';
SELECT id FROM t WHERE model = 'a' AND e <-> '[1,2,3]' < 5 ORDER BY e <-> '[1,2,3]' LIMIT 5;
SELECT id, (e::vector(3)) <-> '[1,2,3]' FROM t WHERE vector_dims(e) = 3 ORDER BY 2;
SELECT e::vector(3) FROM t;
CREATE INDEX ON t USING hnsw (e vector_l2_ops);
CREATE INDEX ON t USING ivfflat (h halfvec_l2_ops);
CREATE INDEX ON t USING hnsw (s sparsevec_l2_ops);
SELECT avg(e), sum(e) FROM t WHERE model = 'a';
SELECT avg(e) FROM t;
SELECT sum(e) FROM t;
SELECT e || e FROM t ORDER BY id;
SELECT DISTINCT e FROM t ORDER BY e;
ALTER TABLE t ALTER COLUMN e TYPE vector(3);
UPDATE t SET e = '[0,0,0]' WHERE model = 'b';
ALTER TABLE t ALTER COLUMN e TYPE vector(3);
INSERT INTO t (id, e) VALUES (5, '[1]');
ALTER TABLE t ALTER COLUMN e TYPE vector;
INSERT INTO t (id, e) VALUES (5, '[1]');
CREATE TABLE copied AS SELECT id, e, h FROM t;
INSERT INTO copied VALUES (6, '[1,2,3,4]', '[2]');
SELECT * FROM copied ORDER BY id;
SELECT vector_dims(e), count(*) FROM copied GROUP BY 1 ORDER BY 1;
DROP TABLE t;
DROP TABLE copied;
---
CREATE TABLE
INSERT 0 2
INSERT 0 2
1 | a | [1,2,3] | [1,2,3] | {1:1}/3
2 | b | [1,2] | [4,5] | {1:1,2:2}/2
3 | a | NULL | NULL | NULL
4 | a | [3,2,1] | [3,2,1] | {3:1}/3
vector, halfvec, sparsevec
1 | 0
4 | 2.8284271247461903
3 | NULL
1 | 0
4 | 0.2857142857142857
1 | 0
4 | 2
3 | NULL
ERROR 22000: different vector dimensions 2 and 3
ERROR 22000: different vector dimensions 3 and 2
ERROR 22000: different halfvec dimensions 2 and 3
ERROR 22000: different sparsevec dimensions 2 and 3
2 | 0
1
1, 4
1 | 0
4 | 2.8284271247461903
ERROR 22000: expected 3 dimensions, not 2
ERROR 22023: column does not have dimensions
ERROR 22023: column does not have dimensions
ERROR 22023: column does not have dimensions
[2,2,2] | [4,4,4]
ERROR 22000: expected 3 dimensions, not 2
ERROR 22000: different vector dimensions 3 and 2
[1,2,3,1,2,3], [1,2,1,2], NULL, [3,2,1,3,2,1]
[1,2], [1,2,3], [3,2,1], NULL
ERROR 22000: expected 3 dimensions, not 2
UPDATE 1
ALTER TABLE
ERROR 22000: expected 3 dimensions, not 1
ALTER TABLE
INSERT 0 1
SELECT 5
INSERT 0 1
1 | [1,2,3] | [1,2,3]
2 | [0,0,0] | [4,5]
3 | NULL | NULL
4 | [3,2,1] | [3,2,1]
5 | [1] | NULL
6 | [1,2,3,4] | [2]
1 | 1
3 | 3
4 | 1
NULL | 1
DROP TABLE
DROP TABLE
