# Calls of one sequence for each row of a table, which DuckDB makes column by column, are refused.
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
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
10 | 10
10 | 10
10 | 10
DROP TABLE
DROP SEQUENCE
