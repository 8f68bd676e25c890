CREATE TABLE v (id int PRIMARY KEY, brand text, vec vector(3));
INSERT INTO v VALUES (1, 'x', '[1,2,3]'), (2, 'y', '[1,1,1]'), (3, 'x', '[3,2,1]'), (4, 'x', NULL), (5, 'y', '[1,2,4]');
---
CREATE TABLE
INSERT 0 5

# Operators and functions of one name give one number.
[header] SELECT id, vec <-> '[1,2,3]' AS d FROM v ORDER BY d, id;
SELECT id, l2(vec, '[1,2,3]') FROM v ORDER BY 2, id;
SELECT id, vec <=> '[1,1,1]' AS d FROM v WHERE id < 3 ORDER BY d;
SELECT id, vec <#> '[1,1,1]' AS d FROM v ORDER BY d, id;
SELECT id, inner_product(vec, '[1,1,1]') AS s FROM v ORDER BY s DESC NULLS LAST, id;
SELECT id, vec <+> '[1,1,1]' AS d FROM v ORDER BY d, id;
SELECT id, l1_distance(vec, '[1,1,1]') AS d FROM v WHERE id = 3;
---
id integer | d double precision
1 | 0
5 | 1
2 | 2.23606797749979
3 | 2.8284271247461903
4 | NULL
1 | 0
5 | 1
2 | 2.23606797749979
3 | 2.8284271247461903
4 | NULL
2 | 0
1 | 0.07417990022744858
5 | -7
1 | -6
3 | -6
2 | -3
4 | NULL
5 | 7
1 | 6
3 | 6
2 | 3
4 | NULL
2 | 0
1 | 3
3 | 3
5 | 4
4 | NULL
3 | 3

# Exactly min(k, rows that match); rows without a vector come last.
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 3;
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 10;
SELECT id FROM v ORDER BY l2(vec, '[1,2,3]') LIMIT 10 WHERE brand = 'x';
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 2 OFFSET 1;
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' DESC LIMIT 1 WHERE vec IS NOT NULL;
SELECT id FROM v WHERE vec <-> '[1,2,3]' < 2 ORDER BY id;
SELECT id FROM v ORDER BY vec <-> (SELECT vec FROM v WHERE id = 5) LIMIT 2;
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 2 WITH (recall = 0.99);
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 2 WITH (recall = 2);
---
1, 5, 2
1, 5, 2, 3, 4
1, 3, 4
5, 2
3
1, 5
5, 1
1, 5
ERROR 22023: recall must be above 0 and at most 1, not 2

# The answer does not depend on the index.
CREATE INDEX ON v USING hnsw (vec vector_l2_ops);
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 10;
SELECT id FROM v ORDER BY vec <-> '[1,2,3]' LIMIT 10 WHERE brand = 'x';
---
CREATE INDEX
1, 5, 2, 3, 4
1, 3, 4

# What cannot be compared.
SELECT id FROM v ORDER BY vec <-> '[1,2]' LIMIT 1;
SELECT id FROM v ORDER BY vec <-> '[1]';
SELECT id, vec <-> '[1]' FROM v;
SELECT id FROM v WHERE vec <-> '[1]' < 3;
SELECT id FROM v ORDER BY vec <-> 'x' LIMIT 1;
SELECT id FROM v ORDER BY vec <-> '[1,NaN,2]' LIMIT 1;
INSERT INTO v VALUES (9, 'z', '[1,2]');
INSERT INTO v VALUES (9, 'z', '[1,2,Infinity]');
INSERT INTO v VALUES (9, 'z', '[]');
INSERT INTO v VALUES (9, 'z', '1,2,3');
SELECT id FROM v ORDER BY brand <-> '[1,2,3]' LIMIT 1;
SELECT nope(vec) FROM v;
DROP TABLE v;
---
ERROR 22000: different vector dimensions 3 and 2
ERROR 22000: different vector dimensions 3 and 1
ERROR 22000: different vector dimensions 3 and 1
ERROR 22000: different vector dimensions 3 and 1
ERROR 22P02: invalid input syntax for type vector: "x" at 35
DETAIL: Vector contents must start with "[".
ERROR 22000: NaN not allowed in vector at 35
ERROR 22000: expected 3 dimensions, not 2
ERROR 22000: infinite value not allowed in vector at 31
ERROR 22000: vector must have at least 1 dimension at 31
ERROR 22P02: invalid input syntax for type vector: "1,2,3" at 31
DETAIL: Vector contents must start with "[".
ERROR 42883: operator does not exist: text <-> vector at 33
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function nope(vector) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
DROP TABLE
