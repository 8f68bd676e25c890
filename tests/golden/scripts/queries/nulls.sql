CREATE TABLE n (id int PRIMARY KEY, a int, b boolean, s text);
INSERT INTO n VALUES (1, 1, true, 'x'), (2, NULL, false, NULL), (3, 3, NULL, 'y'), (4, NULL, NULL, '');
SELECT NOT NULL, NOT NULL::bool IS NULL, (NOT NULL) IS NULL, NOT NULL = NULL;
---
CREATE TABLE
INSERT 0 4
NULL | f | t | NULL

# A comparison with NULL is neither true nor false.
SELECT id FROM n WHERE a = 1 ORDER BY id;
SELECT id FROM n WHERE a <> 1 ORDER BY id;
SELECT id FROM n WHERE NOT a = 1 ORDER BY id;
SELECT id FROM n WHERE a = NULL;
SELECT id FROM n WHERE a IS NULL ORDER BY id;
SELECT id FROM n WHERE a IS NOT NULL ORDER BY id;
---
1
3
3
(no rows)
2, 4
1, 3

# AND, OR, NOT over unknown.
SELECT id FROM n WHERE b OR a = 3 ORDER BY id;
SELECT id FROM n WHERE b AND a = 1 ORDER BY id;
SELECT id FROM n WHERE NOT (b AND a = 3) ORDER BY id;
SELECT id FROM n WHERE NOT b ORDER BY id;
SELECT id FROM n WHERE b IS TRUE ORDER BY id;
SELECT id FROM n WHERE b IS NOT TRUE ORDER BY id;
SELECT id FROM n WHERE b IS UNKNOWN ORDER BY id;
---
1, 3
1
1, 2
2
1
2, 3, 4
3, 4

# IN, NOT IN, BETWEEN.
SELECT id FROM n WHERE a IN (1, NULL) ORDER BY id;
SELECT id FROM n WHERE a NOT IN (1, NULL) ORDER BY id;
SELECT id FROM n WHERE a NOT IN (1, 2) ORDER BY id;
SELECT id FROM n WHERE a BETWEEN 1 AND NULL ORDER BY id;
SELECT id FROM n WHERE a NOT BETWEEN 2 AND 5 ORDER BY id;
---
1
(no rows)
3
(no rows)
1

# The empty text is not NULL.
SELECT id FROM n WHERE s = '' ORDER BY id;
---
4

# DISTINCT FROM compares NULL as a value.
SELECT id FROM n WHERE a IS DISTINCT FROM 1 ORDER BY id;
SELECT id FROM n WHERE a IS NOT DISTINCT FROM NULL ORDER BY id;
---
2, 3, 4
2, 4

# NULLs come last, or where the statement says.
SELECT id, a FROM n ORDER BY a, id;
SELECT id, a FROM n ORDER BY a DESC, id;
SELECT id, a FROM n ORDER BY a NULLS FIRST, id;
DROP TABLE n;
---
1 | 1
3 | 3
2 | NULL
4 | NULL
2 | NULL
4 | NULL
3 | 3
1 | 1
2 | NULL
4 | NULL
1 | 1
3 | 3
DROP TABLE
