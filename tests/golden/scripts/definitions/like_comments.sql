# LIKE ... INCLUDING COMMENTS copies what is said of columns, checks and indexes, not of keys.
CREATE TABLE lkc (id int PRIMARY KEY, a int CHECK (a > 0), b text);
COMMENT ON TABLE lkc IS 'a table';
COMMENT ON COLUMN lkc.b IS 'a column';
COMMENT ON CONSTRAINT lkc_a_check ON lkc IS 'a check';
COMMENT ON CONSTRAINT lkc_pkey ON lkc IS 'a key';
CREATE INDEX lkc_i ON lkc (a);
COMMENT ON INDEX lkc_i IS 'an index';
CREATE TABLE lkc_c (LIKE lkc INCLUDING COMMENTS);
CREATE TABLE lkc_a (LIKE lkc INCLUDING ALL);
CREATE TABLE lkc_n (LIKE lkc INCLUDING ALL EXCLUDING COMMENTS);
SELECT col_description('lkc_c'::regclass, 3), col_description('lkc_a'::regclass, 3), col_description('lkc_n'::regclass, 3), obj_description('lkc_a'::regclass);
SELECT conname, obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 'lkc_a'::regclass AND contype IN ('c', 'p') ORDER BY 1;
SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relname LIKE 'lkc_a%' ORDER BY 1;
DROP TABLE lkc, lkc_c, lkc_a, lkc_n;
---
CREATE TABLE
COMMENT
COMMENT
COMMENT
COMMENT
CREATE INDEX
COMMENT
CREATE TABLE
CREATE TABLE
CREATE TABLE
a column | a column | NULL | NULL
lkc_a_check | a check
lkc_a_pkey | NULL
lkc_a | NULL
lkc_a_a_idx | an index
lkc_a_pkey | NULL
DROP TABLE

# pg_attribute.attndims is what was declared.
CREATE TABLE lkd (a int[], b int[][], c int[3], d text[][][], e int);
ALTER TABLE lkd ADD f int[][], ALTER a TYPE text[][];
CREATE TYPE lkd_t AS (a int[], b int[][]);
CREATE TABLE lkd_l (LIKE lkd);
SELECT attname, attndims FROM pg_attribute WHERE attrelid = 'lkd'::regclass AND attnum > 0 ORDER BY attnum;
SELECT attname, attndims FROM pg_attribute WHERE attrelid = 'lkd_t'::regclass AND attnum > 0 ORDER BY attnum;
SELECT sum(attndims) FROM pg_attribute WHERE attrelid = 'lkd_l'::regclass AND attnum > 0;
DROP TABLE lkd, lkd_l;
DROP TYPE lkd_t;
---
CREATE TABLE
ALTER TABLE
CREATE TYPE
CREATE TABLE
a | 2
b | 2
c | 1
d | 3
e | 0
f | 2
a | 1
b | 2
0
DROP TABLE
DROP TYPE
