# Functions of advisory locks stand wherever an expression may, and hash functions give them keys.
CREATE TABLE jobs (id int PRIMARY KEY);
INSERT INTO jobs VALUES (901), (902);
SELECT id, pg_try_advisory_lock(id) FROM jobs ORDER BY id;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid IN (901, 902);
SELECT pg_advisory_unlock(id) FROM jobs ORDER BY id;
BEGIN;
SELECT id, pg_advisory_xact_lock(905) FROM jobs ORDER BY id LIMIT 1;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 905;
COMMIT;
WITH locked AS (SELECT pg_advisory_xact_lock(905)) SELECT 1 FROM locked;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 905;
SELECT CASE WHEN pg_try_advisory_lock_shared(906, 1) THEN 'locked' END, pg_typeof(pg_advisory_lock(907));
SELECT pg_advisory_unlock_shared(906, 1), pg_advisory_unlock(907);
SELECT pg_advisory_lock('a');
SELECT hashtext('orders'), hashtext(''), hashtextextended('a long name of a lock', 42);
CREATE VIEW unlocked AS SELECT pg_advisory_unlock_all() AS x;
---
CREATE TABLE
INSERT 0 2
901 | t
902 | t
2
t, t
BEGIN
901 | 
1
COMMIT
1
0
locked | void
t | t
ERROR 22P02: invalid input syntax for type bigint: "a" at 25
1108812256 | -1477818771 | -8256826667049016304
ERROR 42P16: column "x" has pseudo-type void
