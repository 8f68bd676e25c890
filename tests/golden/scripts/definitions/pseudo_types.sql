# Columns of tables and views have no pseudo-types.
CREATE VIEW pt AS SELECT pg_sleep(0);
CREATE VIEW pt AS SELECT row(1, 2) AS r;
CREATE VIEW pt (a) AS SELECT array[row(1, 2)];
CREATE MATERIALIZED VIEW pt AS SELECT pg_sleep(0);
CREATE TABLE pt AS SELECT pg_sleep(0) AS r;
CREATE TABLE pt (a void);
CREATE TABLE pt (a record[]);
CREATE TABLE pt (a int);
ALTER TABLE pt ADD COLUMN b void;
ALTER TABLE pt ALTER a TYPE record;
SELECT 'trigger'::regtype, 'pg_catalog.trigger'::regtype, to_regtype('anyelement'), '"any"'::regtype, 'internal'::regtype::oid, 'cstring'::regtype;
SELECT typname, typtype, typcategory FROM pg_type WHERE oid IN ('trigger'::regtype, 'anyarray'::regtype, 'void'::regtype) ORDER BY typname;
DROP TABLE pt;
---
ERROR 42P16: column "pg_sleep" has pseudo-type void
ERROR 42P16: column "r" has pseudo-type record
ERROR 42P16: column "a" has pseudo-type record[]
ERROR 42P16: column "pg_sleep" has pseudo-type void
ERROR 42P16: column "r" has pseudo-type void
ERROR 42P16: column "a" has pseudo-type void
ERROR 42P16: column "a" has pseudo-type record[]
CREATE TABLE
ERROR 42P16: column "b" has pseudo-type void
ERROR 42P16: column "a" has pseudo-type record
trigger | trigger | anyelement | "any" | 2281 | cstring
anyarray | p | P
trigger | p | P
void | p | P
DROP TABLE
