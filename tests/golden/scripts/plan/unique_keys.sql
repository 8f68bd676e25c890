# A row is looked up by any unique key as by the primary one.
CREATE TABLE u (a int UNIQUE, b text, c int, UNIQUE (b, c));
INSERT INTO u SELECT i, 'b' || i, i FROM generate_series(1, 50) i;
[plan] SELECT * FROM u WHERE a = 7;
[plan] SELECT * FROM u WHERE b = 'b8' AND c = 8;
SELECT * FROM u WHERE c = 9 AND b = 'b9';
[plan] SELECT * FROM u WHERE b = 'b8';
SELECT * FROM u WHERE a = 7.0;
SELECT * FROM u WHERE a = NULL;
UPDATE u SET a = 100 WHERE a = 7;
SELECT * FROM u WHERE a = 7;
SELECT * FROM u WHERE a = 100;
DELETE FROM u WHERE a = 100;
SELECT * FROM u WHERE a = 100;
CREATE TABLE n (a int UNIQUE NULLS NOT DISTINCT);
INSERT INTO n VALUES (NULL), (1);
[plan] SELECT * FROM n WHERE a = 1;
SELECT * FROM n WHERE a IS NULL;
CREATE UNIQUE INDEX l ON u (lower(b));
[plan] SELECT a FROM u WHERE lower(b) = 'b9';
CREATE UNIQUE INDEX p ON u (c) WHERE a > 3;
[plan] SELECT a FROM u WHERE c = 9;
DROP TABLE u;
DROP TABLE n;
---
CREATE TABLE
INSERT 0 50
> Index Scan using u_a_key on u (rows=1)
>   Index Cond: (a = 7)
7 | b7 | 7
> Index Scan using u_b_c_key on u (rows=1)
>   Index Cond: ((b = 'b8') AND (c = 8))
8 | b8 | 8
9 | b9 | 9
> Seq Scan on u (rows=1)
>   Filter: (b = 'b8')
8 | b8 | 8
7 | b7 | 7
(no rows)
UPDATE 1
(no rows)
100 | b7 | 7
DELETE 1
(no rows)
CREATE TABLE
INSERT 0 2
> Index Scan using n_a_key on n (rows=1)
>   Index Cond: (a = 1)
1
NULL
CREATE INDEX
> Index Scan using l on u (rows=1)
>   Index Cond: (lower(b) = 'b9')
9
CREATE INDEX
> Seq Scan on u (rows=1)
>   Filter: (c = 9)
9
DROP TABLE
DROP TABLE
