-- FOR UPDATE and its kin lock the rows behind those of views and of sub-queries in FROM.
CREATE TABLE kinds (id int PRIMARY KEY, name text);
CREATE TABLE jobs (id int, part int, kind int REFERENCES kinds, state text, PRIMARY KEY (id, part));
CREATE TABLE bare (id int);
INSERT INTO kinds VALUES (1, 'a'), (2, 'b');
INSERT INTO jobs VALUES (1, 1, 1, 'new'), (2, 1, 1, 'new'), (3, 1, 2, 'done'), (4, 1, NULL, 'new');
INSERT INTO bare VALUES (1), (2);
CREATE VIEW open_jobs AS SELECT id, kind, state FROM jobs WHERE state = 'new';
CREATE VIEW named_jobs AS SELECT o.id, k.name FROM open_jobs o JOIN kinds k ON k.id = o.kind;
CREATE VIEW counted AS SELECT count(*) FROM jobs;
CREATE VIEW outer_jobs AS SELECT j.id, k.name FROM jobs j LEFT JOIN kinds k ON k.id = j.kind;
CREATE VIEW bare_rows AS SELECT id FROM bare WHERE id > 1;
SELECT * FROM open_jobs ORDER BY id FOR UPDATE;
SELECT id FROM open_jobs o WHERE o.id > 1 ORDER BY o.id LIMIT 1 FOR NO KEY UPDATE OF o SKIP LOCKED;
SELECT id FROM open_jobs WHERE id > 1 FOR UPDATE OF jobs;
SELECT * FROM bare_rows FOR SHARE;
SELECT * FROM named_jobs ORDER BY id FOR UPDATE;
SELECT n::text FROM named_jobs n ORDER BY n.id FOR UPDATE OF n;
SELECT n.*, k FROM named_jobs n NATURAL JOIN kinds k FOR UPDATE;
SELECT * FROM (SELECT id, part FROM jobs WHERE kind = 1) x ORDER BY 1 FOR UPDATE;
SELECT * FROM (SELECT id AS part, part AS id FROM jobs) x (a) WHERE a = 2 FOR UPDATE OF x;
SELECT x.a, k.name FROM kinds k JOIN (SELECT id + 1, kind FROM jobs) x (a, kind) ON x.kind = k.id ORDER BY 1 FOR UPDATE OF k;
SELECT k.name, l.id FROM kinds k, LATERAL (SELECT j.id FROM jobs j WHERE j.kind = k.id) l ORDER BY 2 FOR KEY SHARE;
SELECT * FROM (SELECT j.id FROM (SELECT * FROM jobs) j WHERE j.id < 3) y ORDER BY id DESC FOR UPDATE NOWAIT;
SELECT to_json(x) FROM (SELECT id FROM jobs WHERE id = 1) x FOR UPDATE;
SELECT count(x) OVER () FROM (SELECT id FROM jobs) x FOR UPDATE;
SELECT * FROM (VALUES (1), (2)) v (a) ORDER BY a FOR UPDATE;
SELECT v.a, j.id FROM (VALUES (1), (2)) v (a) JOIN jobs j ON j.id = v.a ORDER BY 1 FOR UPDATE OF j;
SELECT id, (SELECT max(name) FROM kinds) FROM jobs ORDER BY id LIMIT 1 FOR UPDATE;
SELECT id FROM jobs j WHERE kind = (SELECT max(id) FROM kinds) FOR UPDATE;
WITH w AS (SELECT 1 AS id) SELECT * FROM (SELECT j.id FROM jobs j, w WHERE w.id = j.id) x FOR UPDATE;
SELECT * FROM counted FOR UPDATE;
SELECT * FROM outer_jobs FOR UPDATE;
SELECT * FROM kinds k LEFT JOIN open_jobs o ON o.kind = k.id FOR UPDATE;
SELECT k.id FROM kinds k LEFT JOIN open_jobs o ON o.kind = k.id ORDER BY 1 FOR UPDATE OF k;
SELECT * FROM (SELECT DISTINCT kind FROM jobs) x FOR UPDATE;
SELECT * FROM (SELECT kind FROM jobs GROUP BY kind) x FOR UPDATE;
SELECT * FROM (SELECT row_number() OVER () FROM jobs) x FOR UPDATE;
SELECT * FROM (SELECT generate_series(1, 2) FROM jobs) x FOR UPDATE;
SELECT * FROM (SELECT id FROM jobs UNION SELECT 1) x FOR UPDATE;
SELECT id, generate_series(1, 2) FROM jobs FOR UPDATE;
SELECT * FROM (SELECT id FROM jobs) x FOR UPDATE OF jobs;
DROP VIEW bare_rows, outer_jobs, counted, named_jobs, open_jobs;
DROP TABLE jobs, kinds, bare;
---
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 4
INSERT 0 2
CREATE VIEW
CREATE VIEW
CREATE VIEW
CREATE VIEW
CREATE VIEW
1 | 1 | new
2 | 1 | new
4 | NULL | new
2
ERROR 42P01: relation "jobs" in FOR UPDATE clause not found in FROM clause at 53
2
1 | a
2 | a
(1,a), (2,a)
1 | a | (1,a)
1 | 1
2 | 1
2 | 1
2 | a
3 | a
4 | b
a | 1
a | 2
b | 3
2, 1
{"id":1}
ERROR 0A000: FOR UPDATE is not allowed with window functions
1, 2
1 | 1
2 | 2
1 | b
3
1
ERROR 0A000: FOR UPDATE is not allowed with aggregate functions
ERROR 0A000: FOR UPDATE cannot be applied to the nullable side of an outer join
ERROR 0A000: FOR UPDATE cannot be applied to the nullable side of an outer join
1, 1, 2
ERROR 0A000: FOR UPDATE is not allowed with DISTINCT clause
ERROR 0A000: FOR UPDATE is not allowed with GROUP BY clause
ERROR 0A000: FOR UPDATE is not allowed with window functions
ERROR 0A000: FOR UPDATE is not allowed with set-returning functions in the target list
ERROR 0A000: FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT
ERROR 0A000: FOR UPDATE is not allowed with set-returning functions in the target list
ERROR 42P01: relation "jobs" in FOR UPDATE clause not found in FROM clause at 53
DROP VIEW
DROP TABLE
