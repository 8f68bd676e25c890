# Numbers of sequences within a change: a place of its own takes them row by row, several of one sequence are refused.
CREATE SEQUENCE noc_s;
CREATE SEQUENCE noc_other;
CREATE TABLE noc (id serial, a int, b int);
INSERT INTO noc (a, b) VALUES (nextval('noc_s'), nextval('noc_s')), (nextval('noc_s'), nextval('noc_s')) RETURNING *;
INSERT INTO noc (a, b) SELECT nextval('noc_s'), nextval('noc_s') FROM generate_series(1, 2) RETURNING *;
INSERT INTO noc (a) SELECT nextval('noc_other') FROM generate_series(1, 2) RETURNING id, a;
UPDATE noc SET a = nextval('noc_s'), b = nextval('noc_other') WHERE id = 1 RETURNING id, a, b, currval('noc_s'), nextval('noc_s'), lastval();
INSERT INTO noc (a) VALUES (0) RETURNING id, currval('noc_id_seq');
INSERT INTO noc VALUES (DEFAULT, 0) RETURNING id, lastval();
DELETE FROM noc WHERE a = 0 RETURNING id, currval('noc_id_seq');
DELETE FROM noc RETURNING nextval('noc_other');
# Changes of one WITH are made one after the other, and share nothing.
WITH p AS (INSERT INTO noc (a) VALUES (1) RETURNING id), q AS (INSERT INTO noc (a) VALUES (2) RETURNING id) SELECT (SELECT id FROM p), (SELECT id FROM q);
WITH p AS (INSERT INTO noc (a) VALUES (1), (2) RETURNING id) INSERT INTO noc (a) SELECT count(*) FROM p RETURNING a, currval('noc_id_seq') > 0;
INSERT INTO noc (a) VALUES (1), (2);
# Rows that are found by a number, that sub-queries take some for, or of a conflict, are refused.
UPDATE noc SET a = nextval('noc_s'), b = (SELECT nextval('noc_s'));
DELETE FROM noc WHERE nextval('noc_s') > 0 RETURNING nextval('noc_s');
DROP TABLE noc;
DROP SEQUENCE noc_s, noc_other;
---
CREATE SEQUENCE
CREATE SEQUENCE
CREATE TABLE
1 | 1 | 2
2 | 3 | 4
INSERT 0 2
3 | 5 | 6
4 | 7 | 8
INSERT 0 2
5 | 1
6 | 2
INSERT 0 2
1 | 9 | 3 | 9 | 10 | 10
UPDATE 1
7 | 7
INSERT 0 1
8 | 8
INSERT 0 1
7 | 8
8 | 8
DELETE 2
4
5
6
7
8
9
DELETE 6
9 | 10
2 | t
INSERT 0 1
INSERT 0 2
ERROR 0A000: several calls of one sequence for each row of a change are not supported yet
HINT: Call nextval() once for each row, and return the column that it was written to.
ERROR 0A000: several calls of one sequence for each row of a change are not supported yet
HINT: Call nextval() once for each row, and return the column that it was written to.
DROP TABLE
DROP SEQUENCE
