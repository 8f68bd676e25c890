# Functions of the catalog answer at the moment of the whole statement; in a query of another they are refused.
CREATE TABLE cf (a int);
CREATE SNAPSHOT cf_then;
ALTER TABLE cf RENAME TO cf_now;
SELECT * FROM (SELECT 'cf'::regclass::text FROM cf AS OF SNAPSHOT 'cf_then') s, (VALUES (1)) v;
SELECT (SELECT count(to_regclass('cf')) FROM cf AS OF SNAPSHOT 'cf_then') FROM cf_now;
WITH old AS (SELECT obj_description(1259, 'pg_class') AS d, a FROM cf AS OF SNAPSHOT 'cf_then') SELECT d FROM old, cf_now;
WITH old AS (SELECT abs(a) AS d FROM cf AS OF SNAPSHOT 'cf_then') SELECT d, 'cf_now'::regclass FROM old, cf_now;
DROP TABLE cf_now;
DROP SNAPSHOT cf_then;
---
CREATE TABLE
CREATE SNAPSHOT
ALTER TABLE
ERROR 0A000: AS OF a moment of its own is not supported for type regclass at 29
HINT: Write AS OF behind the whole statement.
ERROR 0A000: AS OF a moment of its own is not supported for to_regclass() at 22
HINT: Write AS OF behind the whole statement.
ERROR 0A000: AS OF a moment of its own is not supported for obj_description() at 21
HINT: Write AS OF behind the whole statement.
(no rows)
DROP TABLE
DROP SNAPSHOT
