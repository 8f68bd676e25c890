# CREATE TABLE ... CLONE makes a table with the definition and the rows of another, as they are or were.
CREATE TABLE cloned (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, brand text UNIQUE CHECK (brand <> ''), vec vector(2), twice int GENERATED ALWAYS AS (id * 2) STORED)
    WITH (retention = '3 days');
CREATE INDEX ON cloned USING hnsw (vec vector_l2_ops);
CREATE INDEX ON cloned (upper(brand));
COMMENT ON TABLE cloned IS 'first';
INSERT INTO cloned (brand, vec) VALUES ('x', '[1,1]'), ('y', '[2,2]');
CREATE SNAPSHOT cloned_then;
UPDATE cloned SET brand = 'z' WHERE id = 1;
ALTER TABLE cloned ADD COLUMN size int DEFAULT 7;
CREATE TABLE clone_now CLONE cloned;
CREATE TABLE clone_then CLONE cloned AS OF SNAPSHOT 'cloned_then';
---
CREATE TABLE
CREATE INDEX
CREATE INDEX
COMMENT
INSERT 0 2
CREATE SNAPSHOT
UPDATE 1
ALTER TABLE
CREATE TABLE
CREATE TABLE

SELECT * FROM clone_now ORDER BY id;
SELECT * FROM clone_then ORDER BY id;
SELECT id FROM clone_then WHERE brand = 'x';
SELECT id FROM clone_then WHERE upper(brand) = 'X';
SELECT id FROM clone_now ORDER BY vec <-> '[2,2]' LIMIT 1;
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'clone_then' ORDER BY 1;
SELECT reloptions, obj_description(oid) FROM pg_class WHERE relname = 'clone_then';
INSERT INTO clone_now (brand) VALUES ('n') RETURNING id, twice, size;
INSERT INTO clone_now (brand) VALUES ('');
INSERT INTO clone_then (brand) VALUES ('x');
INSERT INTO clone_then (brand) VALUES ('q') RETURNING id;
---
1 | z | [1,1] | 2 | 7
2 | y | [2,2] | 4 | 7
1 | x | [1,1] | 2
2 | y | [2,2] | 4
1
1
2
clone_then_brand_key | CREATE UNIQUE INDEX clone_then_brand_key ON public.clone_then USING btree (brand)
clone_then_pkey | CREATE UNIQUE INDEX clone_then_pkey ON public.clone_then USING btree (id)
clone_then_upper_idx | CREATE INDEX clone_then_upper_idx ON public.clone_then USING btree (upper(brand))
clone_then_vec_idx | CREATE INDEX clone_then_vec_idx ON public.clone_then USING hnsw (vec vector_l2_ops)
{"retention=3 days"} | NULL
3 | 6 | 7
INSERT 0 1
ERROR 23514: new row for relation "clone_now" violates check constraint "cloned_brand_check"
DETAIL: Failing row contains (4, , null, 8, 7).
ERROR 23505: duplicate key value violates unique constraint "clone_then_brand_key"
DETAIL: Key (brand)=(x) already exists.
4
INSERT 0 1

# They are tables of their own.
DELETE FROM clone_now;
DROP TABLE clone_then;
SELECT count(*) FROM cloned;
DROP TABLE cloned;
CREATE TABLE clone_gone CLONE cloned AS OF SNAPSHOT 'cloned_then';
SELECT id, brand FROM clone_gone ORDER BY id;
BEGIN;
CREATE TABLE clone_undone CLONE clone_gone;
SELECT count(*) FROM clone_undone;
ROLLBACK;
SELECT count(*) FROM clone_undone;
CREATE TABLE IF NOT EXISTS clone_gone CLONE clone_now;
CREATE TABLE clone_gone CLONE clone_now;
CREATE TABLE clone_none CLONE none_such;
CREATE TABLE clone_none CLONE clone_now AS OF SNAPSHOT 'none_such';
CREATE TABLE clone_none CLONE clone_now LIMIT 1;
CREATE TABLE clone (clone int);
DROP TABLE clone;
---
DELETE 3
DROP TABLE
2
DROP TABLE
CREATE TABLE
1 | x
2 | y
BEGIN
CREATE TABLE
2
ROLLBACK
ERROR 42P01: relation "clone_undone" does not exist at 22
CREATE TABLE
ERROR 42P07: relation "clone_gone" already exists
ERROR 42P01: relation "none_such" does not exist
ERROR 42704: snapshot "none_such" does not exist
ERROR 42601: syntax error at or near "limit" at 41
CREATE TABLE
DROP TABLE

# Who may read all of it may clone it.
CREATE ROLE clone_role;
GRANT USAGE, CREATE ON SCHEMA public TO clone_role;
SET ROLE clone_role;
CREATE TABLE clone_mine CLONE clone_gone;
RESET ROLE;
GRANT SELECT ON clone_gone TO clone_role;
SET ROLE clone_role;
CREATE TABLE clone_mine CLONE clone_gone;
SELECT count(*) FROM clone_mine;
DROP TABLE clone_mine;
RESET ROLE;
ALTER TABLE clone_gone ENABLE ROW LEVEL SECURITY;
SET ROLE clone_role;
CREATE TABLE clone_mine CLONE clone_gone;
RESET ROLE;
DROP TABLE clone_now, clone_gone;
DROP OWNED BY clone_role;
DROP ROLE clone_role;
DROP SNAPSHOT cloned_then;
---
CREATE ROLE
GRANT
SET
ERROR 42501: permission denied for table clone_gone
RESET
GRANT
SET
CREATE TABLE
2
DROP TABLE
RESET
ALTER TABLE
SET
ERROR 0A000: CLONE of table "clone_gone" by a role that is kept to its policies is not supported
HINT: CREATE TABLE (LIKE ...) and INSERT ... SELECT.
RESET
DROP TABLE
DROP OWNED
DROP ROLE
DROP SNAPSHOT
