# Functions that give rows stand where a row may become several, and nowhere else.
CREATE TABLE series (id int PRIMARY KEY, b int);
INSERT INTO series SELECT g, g FROM generate_series(1, 3) g;
SELECT id FROM series WHERE b = generate_series(1, 2);
SELECT id FROM series WHERE id IN (SELECT generate_series(1, 2)) ORDER BY id;
SELECT a.id FROM series a JOIN series x ON a.id = generate_series(1, 2);
SELECT count(*) FROM series GROUP BY b HAVING b = generate_series(1, 2);
SELECT id FROM series LIMIT generate_series(1, 2);
SELECT coalesce(generate_series(1, 2), 1) FROM series;
SELECT CASE WHEN id = 1 THEN generate_series(1, 2) END FROM series;
SELECT sum(generate_series(1, 2)) FROM series;
SELECT id, generate_series(1, 2) FROM series WHERE id = 1 ORDER BY 2;
UPDATE series SET b = generate_series(1, 2);
UPDATE series SET b = b + (SELECT max(g) FROM generate_series(1, 2) g) WHERE id = 1 RETURNING b;
UPDATE series SET b = 1 WHERE b = generate_series(1, 2);
UPDATE series SET b = generate_series(1, 2) FROM (VALUES (1)) v(i) WHERE id = i;
DELETE FROM series WHERE id IN (1, generate_series(1, 2));
DELETE FROM series WHERE id = 1 RETURNING generate_series(1, 2);
INSERT INTO series VALUES (2, 3) ON CONFLICT (id) DO UPDATE SET b = generate_series(1, 2);
INSERT INTO series VALUES (4, 3), (generate_series(5, 6), 1);
INSERT INTO series SELECT generate_series(7, 8), 1;
SELECT generate_series(1, 3, b - 1) FROM series WHERE b = 1;
SELECT generate_series(1, 3, 0);
MERGE INTO series USING (VALUES (1)) v(i) ON id = i WHEN MATCHED THEN UPDATE SET b = generate_series(1, 2);
SELECT * FROM series ORDER BY id;
DROP TABLE series;
---
CREATE TABLE
INSERT 0 3
ERROR 0A000: set-returning functions are not allowed in WHERE at 33
1, 2
ERROR 0A000: set-returning functions are not allowed in JOIN conditions at 51
ERROR 0A000: set-returning functions are not allowed in HAVING at 51
ERROR 0A000: set-returning functions are not allowed in LIMIT at 29
ERROR 0A000: set-returning functions are not allowed in COALESCE at 17
ERROR 0A000: set-returning functions are not allowed in CASE at 30
ERROR 0A000: aggregate function calls cannot contain set-returning function calls at 12
1 | 1
1 | 2
ERROR 0A000: set-returning functions are not allowed in UPDATE at 23
3
UPDATE 1
ERROR 0A000: set-returning functions are not allowed in WHERE at 35
ERROR 0A000: set-returning functions are not allowed in UPDATE at 23
ERROR 0A000: set-returning functions are not allowed in WHERE at 36
ERROR 0A000: set-returning functions are not allowed in RETURNING at 43
ERROR 0A000: set-returning functions are not allowed in UPDATE at 69
ERROR 0A000: set-returning functions are not allowed in VALUES at 36
INSERT 0 2
ERROR 22023: step size cannot equal zero
ERROR 22023: step size cannot equal zero
ERROR 0A000: set-returning functions are not allowed in UPDATE at 86
1 | 3
2 | 2
3 | 3
7 | 1
8 | 1
DROP TABLE
