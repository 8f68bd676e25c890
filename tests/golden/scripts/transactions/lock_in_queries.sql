-- Sub-queries in IN, FROM and WITH lock rows, of one table or of a join; those that cannot be are refused.
CREATE TABLE kinds (id int PRIMARY KEY, name text);
CREATE TABLE jobs (id int PRIMARY KEY, kind int REFERENCES kinds, state text);
CREATE TABLE bare (id int);
INSERT INTO kinds VALUES (1, 'a'), (2, 'b');
INSERT INTO jobs VALUES (1, 1, 'new'), (2, 1, 'new'), (3, 2, 'new');
INSERT INTO bare VALUES (1), (2);
WITH x AS (SELECT * FROM jobs WHERE state = 'new' FOR UPDATE) SELECT * FROM x ORDER BY id LIMIT 1;
WITH x AS MATERIALIZED (SELECT id FROM jobs ORDER BY id FOR UPDATE NOWAIT) SELECT count(*) FROM x;
SELECT * FROM (SELECT id FROM jobs ORDER BY id DESC FOR UPDATE LIMIT 2) s ORDER BY id;
WITH x AS (SELECT id FROM bare FOR SHARE) SELECT * FROM x ORDER BY 1;
SELECT count(*) FROM (SELECT j.id FROM jobs j JOIN kinds k ON k.id = j.kind FOR UPDATE) x;
SELECT name FROM kinds WHERE id IN (SELECT kind FROM jobs WHERE id = 3 FOR KEY SHARE);
UPDATE jobs SET state = 'run' FROM (SELECT j.id FROM jobs j JOIN kinds k ON k.id = j.kind WHERE k.name = 'b' FOR UPDATE OF j) x
    WHERE x.id = jobs.id RETURNING jobs.id;
INSERT INTO bare SELECT id FROM jobs WHERE state = 'run' FOR UPDATE;
WITH x AS (SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE) INSERT INTO bare SELECT id + 10 FROM x RETURNING id;
WITH x AS (SELECT id FROM jobs WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),
    y AS (UPDATE jobs SET state = 'done' FROM x WHERE x.id = jobs.id RETURNING jobs.id, state) SELECT * FROM y;
WITH x AS (SELECT id FROM jobs WHERE state = 'done' FOR UPDATE) DELETE FROM jobs USING x WHERE x.id = jobs.id RETURNING jobs.id;
MERGE INTO jobs USING (SELECT id FROM kinds FOR UPDATE) k ON k.id = jobs.id WHEN MATCHED THEN UPDATE SET state = 'merged';
SELECT * FROM jobs ORDER BY id;
SELECT * FROM (SELECT count(*) FROM jobs FOR UPDATE) x;
SELECT * FROM (SELECT DISTINCT state FROM jobs FOR UPDATE) x;
SELECT id FROM jobs UNION (SELECT id FROM kinds FOR UPDATE);
SELECT * FROM (SELECT k.id FROM kinds k LEFT JOIN jobs j ON j.kind = k.id FOR UPDATE) x;
DROP TABLE jobs, kinds, bare;
---
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 3
INSERT 0 2
1 | 1 | new
3
2, 3
1, 2
3
b
3
UPDATE 1
INSERT 0 1
11
INSERT 0 1
1 | done
1
DELETE 1
MERGE 1
2 | 1 | merged
3 | 2 | run
ERROR 0A000: FOR UPDATE is not allowed with aggregate functions
ERROR 0A000: FOR UPDATE is not allowed with DISTINCT clause
ERROR 0A000: FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT
ERROR 0A000: FOR UPDATE cannot be applied to the nullable side of an outer join
DROP TABLE
