# Numbers that a query shares with the queries in it are refused: PostgreSQL computes them together, row by row.
CREATE SEQUENCE nqw_s;
CREATE TABLE nqw (a int);
INSERT INTO nqw VALUES (1), (2);
SELECT nextval('nqw_s'), x FROM (SELECT nextval('nqw_s') AS x FROM nqw) q;
SELECT x, currval('nqw_s') FROM (SELECT nextval('nqw_s') AS x FROM generate_series(1, 3)) q;
WITH q AS (SELECT nextval('nqw_s') AS x FROM nqw) SELECT x, nextval('nqw_s') FROM q;
SELECT DISTINCT nextval('nqw_s'), currval('nqw_s') FROM nqw;
DROP TABLE nqw;
DROP SEQUENCE nqw_s;
---
CREATE SEQUENCE
CREATE TABLE
INSERT 0 2
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
ERROR 0A000: several calls of one sequence for each row of a table are not supported yet
HINT: Call nextval() once for each row, and compute the rest from that.
DROP TABLE
DROP SEQUENCE
