# AS OF shows schemas, and what is in them, as they were.
CREATE SCHEMA old;
CREATE TABLE old.t (id int PRIMARY KEY, v vector(2));
INSERT INTO old.t VALUES (1, '[1,1]'), (2, '[2,2]');
CREATE SNAPSHOT before_schemas;
ALTER SCHEMA old RENAME TO young;
SELECT * FROM old.t;
SELECT id FROM young.t ORDER BY id;
SELECT id FROM old.t ORDER BY id AS OF SNAPSHOT 'before_schemas';
SELECT old.t.id FROM old.t ORDER BY v <-> '[2,2]' LIMIT 1 AS OF SNAPSHOT 'before_schemas';
SELECT id FROM young.t ORDER BY id AS OF SNAPSHOT 'before_schemas';
SET search_path = young, old;
SELECT count(*) FROM t;
SELECT count(*) FROM t AS OF SNAPSHOT 'before_schemas';
DROP SCHEMA young CASCADE;
SELECT count(*) FROM t;
SELECT count(*) FROM t AS OF SNAPSHOT 'before_schemas';
SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('old', 'young') AS OF SNAPSHOT 'before_schemas';
RESET search_path;
DROP SNAPSHOT before_schemas;
---
CREATE SCHEMA
CREATE TABLE
INSERT 0 2
CREATE SNAPSHOT
ALTER SCHEMA
ERROR 42P01: relation "old.t" does not exist at 15
1, 2
1, 2
2
ERROR 42P01: relation "young.t" does not exist at 16
SET
2
2
DROP SCHEMA
ERROR 42P01: relation "t" does not exist at 22
2
old
RESET
DROP SNAPSHOT
