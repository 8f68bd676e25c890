# Rows of a change that see each other's numbers of sequences are made one after the other.
CREATE SEQUENCE nit_s;
CREATE TABLE nit (id serial, a int, b int);
# A row alone is computed in the order of the columns, several as they are written.
INSERT INTO nit (id, a) VALUES (DEFAULT, nextval('nit_id_seq')) RETURNING *;
INSERT INTO nit (a) VALUES (nextval('nit_id_seq')) RETURNING *;
INSERT INTO nit (b, a) VALUES (nextval('nit_s'), nextval('nit_s')) RETURNING *;
INSERT INTO nit (b, a) VALUES (nextval('nit_s'), nextval('nit_s')), (nextval('nit_s'), nextval('nit_s')) RETURNING *;
INSERT INTO nit (b, a) VALUES (nextval('nit_id_seq'), nextval('nit_id_seq')), (nextval('nit_id_seq'), nextval('nit_id_seq')) RETURNING *;
UPDATE nit SET b = nextval('nit_s'), a = nextval('nit_s') WHERE id = 1 RETURNING *;
INSERT INTO nit (a) VALUES (1), (2) RETURNING id, currval('nit_id_seq');
INSERT INTO nit VALUES (DEFAULT, 1), (DEFAULT, 2) RETURNING lastval();
INSERT INTO nit (a) SELECT nextval('nit_id_seq') FROM generate_series(1, 2);
INSERT INTO nit (a) SELECT nextval('nit_s') FROM generate_series(1, 2) RETURNING a, nextval('nit_s');
INSERT INTO nit SELECT FROM generate_series(1, 2) RETURNING id, currval('nit_id_seq');
INSERT INTO nit (a, b) SELECT nextval('nit_s'), x.b FROM nit x WHERE nextval('nit_s') > 0 AND x.b > 10 RETURNING a, b, currval('nit_s');
INSERT INTO nit (a) SELECT nextval('nit_s') WHERE false RETURNING id, nextval('nit_s');
WITH made AS (INSERT INTO nit (a) VALUES (1), (2) RETURNING id, nextval('nit_id_seq') AS n) SELECT * FROM made;
UPDATE nit SET a = nextval('nit_s'), b = currval('nit_s');
UPDATE nit SET a = nextval('nit_s') WHERE id < 10 RETURNING a, nextval('public.nit_s');
UPDATE nit SET a = nextval('nit_id_seq'), id = DEFAULT WHERE id < 10 RETURNING id, a;
UPDATE nit SET id = DEFAULT WHERE a < 40 RETURNING id, currval('nit_id_seq');
SELECT id, a, b FROM nit ORDER BY id;
DELETE FROM nit WHERE id > 40 RETURNING nextval('nit_s'), id, currval('nit_s');
# Keys and conditions hold when the statement is done.
CREATE TABLE nit_tree (id serial PRIMARY KEY, up int REFERENCES nit_tree, n int DEFAULT nextval('nit_s') CHECK (n <> 500));
INSERT INTO nit_tree (id, up) VALUES (DEFAULT, 2), (DEFAULT, 1) RETURNING id, n, currval('nit_s');
INSERT INTO nit_tree (up) SELECT id FROM nit_tree ORDER BY id RETURNING id, n, currval('nit_s'), lastval();
INSERT INTO nit_tree (up, n) VALUES (99, nextval('nit_s')), (1, nextval('nit_s')) RETURNING nextval('nit_s');
INSERT INTO nit_tree (id, n) VALUES (nextval('nit_tree_id_seq'), nextval('nit_tree_id_seq')), (1, nextval('nit_tree_id_seq')) RETURNING currval('nit_tree_id_seq');
SELECT id, up, n FROM nit_tree ORDER BY id;
DROP TABLE nit, nit_tree;
DROP SEQUENCE nit_s;
---
CREATE SEQUENCE
CREATE TABLE
1 | 2 | NULL
INSERT 0 1
3 | 4 | NULL
INSERT 0 1
5 | 1 | 2
INSERT 0 1
6 | 4 | 3
7 | 6 | 5
INSERT 0 2
10 | 9 | 8
13 | 12 | 11
INSERT 0 2
1 | 7 | 8
UPDATE 1
14 | 14
15 | 15
INSERT 0 2
16
17
INSERT 0 2
INSERT 0 2
9 | 10
11 | 12
INSERT 0 2
24 | 24
25 | 25
INSERT 0 2
14 | 11 | 14
INSERT 0 1
INSERT 0 0
27 | 28
29 | 30
UPDATE 20
35 | 36
37 | 38
39 | 40
41 | 42
43 | 44
UPDATE 5
31 | 32
33 | 34
35 | 36
37 | 38
39 | 40
UPDATE 5
41 | 41
42 | 42
43 | 43
44 | 44
45 | 45
46 | 46
47 | 47
48 | 48
49 | 49
50 | 50
51 | 51
52 | 52
53 | 53
54 | 54
55 | 55
56 | 56
57 | 57
58 | 58
59 | 59
UPDATE 19
39 | 40 | 21
41 | 19 | 19
42 | 20 | 20
43 | 22 | 22
44 | 23 | 23
45 | 24 | 24
46 | 25 | 25
47 | 26 | 26
48 | 27 | 27
49 | 28 | 28
50 | 29 | 29
51 | 30 | 30
52 | 31 | 31
53 | 32 | 32
54 | 33 | 33
55 | 34 | 34
56 | 32 | 15
57 | 34 | 16
58 | 36 | 17
59 | 38 | 18
45 | 41 | 45
46 | 42 | 46
47 | 43 | 47
48 | 44 | 48
49 | 45 | 49
50 | 46 | 50
51 | 47 | 51
52 | 48 | 52
53 | 49 | 53
54 | 50 | 54
55 | 51 | 55
56 | 52 | 56
57 | 53 | 57
58 | 54 | 58
59 | 55 | 59
60 | 56 | 60
61 | 57 | 61
62 | 58 | 62
63 | 59 | 63
DELETE 19
CREATE TABLE
1 | 64 | 64
2 | 65 | 65
INSERT 0 2
3 | 66 | 66 | 66
4 | 67 | 67 | 67
INSERT 0 2
ERROR 23503: insert or update on table "nit_tree" violates foreign key constraint "nit_tree_up_fkey"
DETAIL: Key (up)=(99) is not present in table "nit_tree".
ERROR 23505: duplicate key value violates unique constraint "nit_tree_pkey"
DETAIL: Key (id)=(1) already exists.
1 | 2 | 64
2 | 1 | 65
3 | 1 | 66
4 | 2 | 67
DROP TABLE
DROP SEQUENCE
