# Numerics of one scale stay so in CASE, COALESCE, GREATEST and NULLIF; beside others each keeps its own.
CREATE TABLE n (id int PRIMARY KEY, a numeric(8,2), b numeric(8,2), c numeric(10,4), d numeric);
INSERT INTO n VALUES (1, 1.50, 2.50, 3.1234, 1.5), (2, NULL, 0.00, -1, NULL), (3, 3, 3, 3, 3.000), (4, -1.1, NULL, NULL, 2);
SELECT id, CASE WHEN id > 1 THEN a ELSE b END, CASE WHEN id > 1 THEN a END, CASE WHEN id > 1 THEN a ELSE c END, CASE WHEN id > 1 THEN a ELSE d END FROM n ORDER BY id;
SELECT id, coalesce(a, b), coalesce(a, c), coalesce(a, d), coalesce(a, 0), greatest(a, b), least(a, b, 1.25), nullif(a, b), nullif(a, 3), nullif(a, d) FROM n ORDER BY id;
SELECT sum(coalesce(a, b)), avg(CASE WHEN id > 1 THEN a ELSE b END), max(greatest(a, b)), sum(nullif(a, b)) FROM n;
SELECT lead(coalesce(a, b), 1, d) OVER (ORDER BY id), lag(greatest(a, b), 1, 0) OVER (ORDER BY id), lead(CASE WHEN a > 1 THEN 2.5 ELSE 3.5 END, 0, d) OVER (ORDER BY id) FROM n;
SELECT coalesce(a, b) + 1, coalesce(a, b) * c, coalesce(a, b) / 3, coalesce(a, b) = d, round(coalesce(a, b), 1), (coalesce(a, b))::text FROM n ORDER BY id;
DROP TABLE n;
---
CREATE TABLE
INSERT 0 4
1 | 2.50 | NULL | 3.1234 | 1.5
2 | NULL | NULL | NULL | NULL
3 | 3.00 | 3.00 | 3.00 | 3.00
4 | -1.10 | -1.10 | -1.10 | -1.10
1 | 1.50 | 1.50 | 1.50 | 1.50 | 2.50 | 1.25 | 1.50 | 1.50 | NULL
2 | 0.00 | -1.0000 | NULL | 0 | 0.00 | 0.00 | NULL | NULL | NULL
3 | 3.00 | 3.00 | 3.00 | 3.00 | 3.00 | 1.25 | NULL | NULL | NULL
4 | -1.10 | -1.10 | -1.10 | -1.10 | -1.10 | -1.10 | -1.10 | -1.10 | -1.10
3.40 | 1.4666666666666667 | 3.00 | 0.40
0.00 | 0 | 2.5
3.00 | 2.50 | 3.5
-1.10 | 0.00 | 2.5
2 | 3.00 | 3.5
2.50 | 4.685100 | 0.50000000000000000000 | t | 1.5 | 1.50
1.00 | 0.000000 | 0.00000000000000000000 | NULL | 0.0 | 0.00
4.00 | 9.000000 | 1.00000000000000000000 | t | 3.0 | 3.00
-0.10 | NULL | -0.36666666666666666667 | f | -1.1 | -1.10
DROP TABLE
