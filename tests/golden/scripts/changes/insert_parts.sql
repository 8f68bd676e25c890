# INSERT takes elements and fields of columns, and a row of VALUES may have functions that give rows.
CREATE TYPE pair AS (x int, y text);
CREATE TABLE parts (a int[], c pair, n int DEFAULT 7);
INSERT INTO parts (a[1], c.x) VALUES (5, 6);
INSERT INTO parts (a[2], c.y, a[3]) VALUES (1, 'z', 2), (3, 'w', 4);
INSERT INTO parts (a[1:2], n) VALUES ('{7,8}', DEFAULT);
INSERT INTO parts (c.x, c.y, n) SELECT n, 'of a query', n + 1 FROM parts WHERE c IS NULL;
INSERT INTO parts (a[1]) VALUES (DEFAULT);
INSERT INTO parts (c.z) VALUES (1);
SELECT * FROM parts;
CREATE TABLE series (n int, t text DEFAULT 'd');
INSERT INTO series VALUES (generate_series(1, 3));
INSERT INTO series (t, n) VALUES ('x', unnest(ARRAY[4, 5])) RETURNING *;
INSERT INTO series VALUES (generate_series(6, 8), generate_series(1, 2)::text), (9, 'y');
INSERT INTO series VALUES (generate_series(6, 8), generate_series(1, 2)::text) RETURNING *;
SELECT * FROM series;
---
CREATE TYPE
CREATE TABLE
INSERT 0 1
INSERT 0 2
INSERT 0 1
INSERT 0 1
ERROR 0A000: cannot set an array element to DEFAULT at 20
ERROR 42703: cannot assign to field "z" of column "c" because there is no such column in data type pair at 20
{5} | (6,) | 7
[2:3]={1,2} | (,z) | 7
[2:3]={3,4} | (,w) | 7
{7,8} | NULL | 7
NULL | (7,"of a query") | 8
CREATE TABLE
INSERT 0 3
4 | x
5 | x
INSERT 0 2
ERROR 0A000: set-returning functions are not allowed in VALUES at 28
6 | 1
7 | 2
8 | NULL
INSERT 0 3
1 | d
2 | d
3 | d
4 | x
5 | x
6 | 1
7 | 2
8 | NULL
