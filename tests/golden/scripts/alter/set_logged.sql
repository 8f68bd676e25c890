# SET LOGGED and SET UNLOGGED say what the catalog tells of a table; it is durable all the same.
CREATE TABLE sl_t (a int);
CREATE UNLOGGED TABLE sl_u (a int);
ALTER TABLE sl_t SET LOGGED;
ALTER TABLE sl_u SET LOGGED;
ALTER TABLE sl_t SET UNLOGGED, ADD COLUMN b int;
SELECT relname, relpersistence FROM pg_class WHERE relname LIKE 'sl\__' ORDER BY 1;
BEGIN;
ALTER TABLE sl_t SET LOGGED;
ROLLBACK;
SELECT relname, relpersistence FROM pg_class WHERE relname LIKE 'sl\__' ORDER BY 1;
ALTER TABLE sl_none SET LOGGED;
ALTER TABLE IF EXISTS sl_none SET LOGGED;
CREATE TEMP TABLE sl_temp (a int);
ALTER TABLE sl_temp SET LOGGED;
DROP TABLE sl_t, sl_u;
---
CREATE TABLE
CREATE TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
sl_t | u
sl_u | p
BEGIN
ALTER TABLE
ROLLBACK
sl_t | u
sl_u | p
ERROR 42P01: relation "sl_none" does not exist
ALTER TABLE
CREATE TABLE
ERROR 42P16: cannot change logged status of table "sl_temp" because it is temporary
DETAIL: No such tables are logged.
DROP TABLE
