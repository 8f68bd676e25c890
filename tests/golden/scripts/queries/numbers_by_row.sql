# Calls of one sequence for each row of a table are made row by row, left to right, in DuckDB too.
CREATE SEQUENCE nbr_s;
CREATE SEQUENCE nbr_other;
CREATE TABLE nbr (a int);
INSERT INTO nbr VALUES (1), (2), (3);
SELECT nextval('nbr_s'), nextval('nbr_s') FROM generate_series(1, 3);
SELECT nextval('nbr_s'), currval('nbr_s'), lastval();
SELECT nextval('nbr_s'), nextval('nbr_other') FROM nbr;
SELECT nextval('nbr_s'), nextval('nbr_s') FROM nbr;
SELECT nextval('nbr_s') + currval('nbr_s'), a FROM nbr ORDER BY a;
SELECT nextval('nbr_s'), nextval('public.nbr_s') FROM nbr;
SELECT nextval('nbr_s'), nextval(CASE WHEN a = 1 THEN 'nbr_s' ELSE 'nbr_other' END) FROM nbr;
SELECT setval('nbr_s', a), lastval() FROM nbr;
SELECT nextval('nbr_s') FROM nbr WHERE nextval('nbr_s') > 0;
SELECT currval('nbr_s'), currval('nbr_s') FROM nbr;
SELECT a, 1.50::numeric(6,2) * a, CASE WHEN a = 2 THEN nextval('nbr_s') END, CASE WHEN a < 3 THEN currval('nbr_s') ELSE lastval() END, date '2020-01-01' + a FROM nbr WHERE nextval('nbr_s') > 0 AND a > 1;
SELECT sum(a) + nextval('nbr_s'), nextval('nbr_s'), a % 2 AS k FROM nbr GROUP BY a % 2 ORDER BY k;
SELECT row_number() OVER (ORDER BY a DESC), nextval('nbr_s'), nextval('nbr_s') FROM nbr ORDER BY a;
SELECT nextval('nbr_s'), nextval('nbr_s'), NULL, ARRAY[nextval('nbr_s'), a] FROM nbr ORDER BY a DESC LIMIT 2;
SELECT count(*), sum(n - m) FROM (SELECT nextval('nbr_s') AS n, currval('nbr_s') AS m FROM nbr, generate_series(1, 3000)) q;
# Rows that OFFSET skips take numbers too.
SELECT nextval('nbr_s'), a FROM nbr ORDER BY a OFFSET 1;
SELECT nextval('nbr_s'), a FROM nbr ORDER BY a LIMIT 1 OFFSET 1;
SELECT nextval('nbr_s'), a FROM nbr LIMIT 1 OFFSET 1;
SELECT nextval('nbr_s'), a FROM generate_series(1, 3) a ORDER BY a LIMIT 1 OFFSET 1;
SELECT nextval('nbr_s');
# What rows are sorted by is computed once.
SELECT nextval('nbr_s') AS n, nextval('nbr_s') AS m FROM nbr ORDER BY n DESC;
SELECT DISTINCT nextval('nbr_s') > 0 FROM nbr ORDER BY 1;
DROP TABLE nbr;
DROP SEQUENCE nbr_s, nbr_other;
---
CREATE SEQUENCE
CREATE SEQUENCE
CREATE TABLE
INSERT 0 3
1 | 2
3 | 4
5 | 6
7 | 7 | 7
8 | 1
9 | 2
10 | 3
11 | 12
13 | 14
15 | 16
34 | 1
36 | 2
38 | 3
20 | 21
22 | 23
24 | 25
26 | 27
28 | 4
29 | 5
1 | 5
2 | 5
3 | 5
5, 7, 9
9 | 9
9 | 9
9 | 9
2 | 3.00 | 11 | 11 | 2020-01-03
3 | 4.50 | NULL | 12 | 2020-01-04
15 | 14 | 0
19 | 16 | 1
3 | 17 | 18
2 | 19 | 20
1 | 21 | 22
23 | 24 | NULL | {25,3}
26 | 27 | NULL | {28,2}
9000 | 0
9030 | 2
9031 | 3
9033 | 2
9035 | 2
9037 | 2
9038
9041 | 9041
9040 | 9040
9039 | 9039
t
DROP TABLE
DROP SEQUENCE
