# What says where rows are kept is read where it is so anyhow, and refused by name where it is not.
CREATE TABLE sc_a (id int PRIMARY KEY USING INDEX TABLESPACE pg_default, tablespace int, UNIQUE (id, tablespace) USING INDEX TABLESPACE pg_default)
  USING heap WITH (fillfactor = 70) TABLESPACE pg_default;
CREATE TABLE sc_b USING heap TABLESPACE pg_default AS SELECT 1 AS using_nothing;
CREATE TEMP TABLE sc_c (id int) USING heap ON COMMIT DROP TABLESPACE pg_default;
CREATE TABLE sc_d (id int) TABLESPACE fast;
CREATE TABLE sc_d (id int) USING columnar;
CREATE INDEX sc_i ON sc_a (tablespace) WITH (fillfactor = 80) TABLESPACE pg_default WHERE tablespace IS NOT NULL;
CREATE INDEX sc_j ON sc_a (id) TABLESPACE fast;
SELECT indexdef FROM pg_indexes WHERE indexname = 'sc_i';
ALTER TABLE sc_a SET TABLESPACE pg_default;
ALTER TABLE sc_a SET TABLESPACE fast;
ALTER TABLE sc_a SET ACCESS METHOD heap;
ALTER TABLE sc_a SET ACCESS METHOD columnar;
ALTER INDEX sc_i SET TABLESPACE pg_default;
ALTER INDEX sc_i SET (fillfactor = 60, deduplicate_items = off);
ALTER INDEX sc_i RESET (deduplicate_items);
SELECT reloptions FROM pg_class WHERE relname = 'sc_i';
ALTER INDEX sc_i SET (lists = 4);
ALTER INDEX sc_i SET (fillfactor = 5);
ALTER INDEX sc_a SET (fillfactor = 60);
ALTER INDEX sc_no SET (fillfactor = 60);
ALTER INDEX IF EXISTS sc_no RESET (fillfactor);
DROP TABLE sc_a, sc_b;
# Options of vectors' indexes are those of the next time that they are built.
CREATE TABLE sc_v (id int PRIMARY KEY, e vector(2));
INSERT INTO sc_v SELECT g, ARRAY[g, 1]::vector FROM generate_series(1, 50) g;
CREATE INDEX sc_h ON sc_v USING hnsw (e vector_l2_ops) WITH (m = 8);
ALTER INDEX sc_h SET (m = 12, ef_construction = 40);
ALTER INDEX sc_h RESET (m);
ALTER INDEX sc_h SET (m = 1);
SELECT reloptions FROM pg_class WHERE relname = 'sc_h';
REINDEX INDEX sc_h;
SELECT id FROM sc_v ORDER BY e <-> '[7,1]' LIMIT 3;
DROP TABLE sc_v;
---
CREATE TABLE
SELECT 1
CREATE TABLE
ERROR 42704: tablespace "fast" does not exist
ERROR 42704: access method "columnar" does not exist
CREATE INDEX
ERROR 42704: tablespace "fast" does not exist
CREATE INDEX sc_i ON public.sc_a USING btree (tablespace) WITH (fillfactor='80') WHERE (tablespace IS NOT NULL)
ALTER TABLE
ERROR 42704: tablespace "fast" does not exist
ALTER TABLE
ERROR 42704: access method "columnar" does not exist
ALTER INDEX
ALTER INDEX
ALTER INDEX
{fillfactor=60}
ERROR 22023: unrecognized parameter "lists"
ERROR 22023: value 5 out of bounds for option "fillfactor"
DETAIL: Valid values are between "10" and "100".
ERROR 42809: "sc_a" is not an index
ERROR 42P01: relation "sc_no" does not exist
ALTER INDEX
DROP TABLE
CREATE TABLE
INSERT 0 50
CREATE INDEX
ALTER INDEX
ALTER INDEX
ERROR 22023: value 1 out of bounds for option "m"
DETAIL: Valid values are between "2" and "100".
{ef_construction=40}
REINDEX
7, 6, 8
DROP TABLE
