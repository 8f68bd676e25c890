# A default becomes a value of its column as an assignment makes it one.
CREATE TABLE d (id int, a smallint DEFAULT 1.25, b int DEFAULT 2.5, c int DEFAULT (1 + 2) * 3, d text DEFAULT true, e text DEFAULT 1.50, f int[] DEFAULT ARRAY[1, NULL], g text DEFAULT CASE WHEN true THEN 'x' END, h boolean DEFAULT true, i numeric(3,1) DEFAULT 1.25, j int DEFAULT -3.5, k text[] DEFAULT '{a}'::text[], l timestamptz DEFAULT '2020-01-01'::date);
INSERT INTO d (id) VALUES (1), (2);
SELECT * FROM d ORDER BY id;
ALTER TABLE d ADD m smallint DEFAULT 1.25, ADD n text DEFAULT true, ADD o int DEFAULT 2.5::float8;
INSERT INTO d (id) VALUES (3);
SELECT id, m, n, o FROM d ORDER BY id;
INSERT INTO d (id, a) VALUES (4, 7), (5, DEFAULT);
SELECT id, a FROM d WHERE id > 3 ORDER BY id;
---
CREATE TABLE
INSERT 0 2
1 | 1 | 3 | 9 | true | 1.50 | {1,NULL} | x | t | 1.3 | -4 | {a} | 2020-01-01 00:00:00+00
2 | 1 | 3 | 9 | true | 1.50 | {1,NULL} | x | t | 1.3 | -4 | {a} | 2020-01-01 00:00:00+00
ALTER TABLE
INSERT 0 1
1 | 1 | true | 2
2 | 1 | true | 2
3 | 1 | true | 2
INSERT 0 2
4 | 7
5 | 1
