# UNDROP TABLE brings a dropped table back: rows, keys, indexes, constraints, sequences, comments, privileges.
CREATE TABLE undrop_brands (name text PRIMARY KEY);
INSERT INTO undrop_brands VALUES ('x'), ('y');
CREATE TABLE undrop_shoes (id serial PRIMARY KEY, brand text REFERENCES undrop_brands, size int UNIQUE CHECK (size > 0), vec vector(2));
CREATE INDEX undrop_vec ON undrop_shoes USING auto (vec vector_l2_ops);
COMMENT ON TABLE undrop_shoes IS 'what we sell';
COMMENT ON COLUMN undrop_shoes.size IS 'european';
CREATE ROLE undrop_reader;
GRANT SELECT ON undrop_shoes TO undrop_reader;
INSERT INTO undrop_shoes (brand, size, vec) VALUES ('x', 40, '[1,1]'), ('y', 41, '[2,2]'), ('x', 42, NULL);
DELETE FROM undrop_shoes WHERE id = 3;
DROP TABLE undrop_shoes;
VACUUM;
UNDROP TABLE undrop_shoes;
---
CREATE TABLE
INSERT 0 2
CREATE TABLE
CREATE INDEX
COMMENT
COMMENT
CREATE ROLE
GRANT
INSERT 0 3
DELETE 1
DROP TABLE
VACUUM
UNDROP TABLE

SELECT id, brand, size FROM undrop_shoes ORDER BY id;
SELECT id FROM undrop_shoes WHERE id = 2;
SELECT id FROM undrop_shoes WHERE size = 40;
SELECT id FROM undrop_shoes ORDER BY vec <-> '[2,2]' LIMIT 1;
SELECT indexname FROM pg_indexes WHERE tablename = 'undrop_shoes' ORDER BY 1;
SELECT conname FROM pg_constraint WHERE conrelid = 'undrop_shoes'::regclass ORDER BY 1;
SELECT obj_description('undrop_shoes'::regclass), col_description('undrop_shoes'::regclass, 3);
SELECT has_table_privilege('undrop_reader', 'undrop_shoes', 'SELECT'), has_table_privilege('undrop_reader', 'undrop_shoes', 'INSERT');
INSERT INTO undrop_shoes (brand, size) VALUES ('x', 40);
INSERT INTO undrop_shoes (brand, size) VALUES ('none', 43);
INSERT INTO undrop_shoes (brand, size) VALUES ('x', -1);
INSERT INTO undrop_shoes (brand, size) VALUES ('x', 44) RETURNING id;
DELETE FROM undrop_brands WHERE name = 'y';
VACUUM;
SELECT id FROM undrop_shoes WHERE id = 1;
INSERT INTO undrop_shoes (id) VALUES (1);
---
1 | x | 40
2 | y | 41
2
1
2
undrop_shoes_pkey, undrop_shoes_size_key, undrop_vec
undrop_shoes_brand_fkey, undrop_shoes_pkey, undrop_shoes_size_check, undrop_shoes_size_key
what we sell | european
t | f
ERROR 23505: duplicate key value violates unique constraint "undrop_shoes_size_key"
DETAIL: Key (size)=(40) already exists.
ERROR 23503: insert or update on table "undrop_shoes" violates foreign key constraint "undrop_shoes_brand_fkey"
DETAIL: Key (brand)=(none) is not present in table "undrop_brands".
ERROR 23514: new row for relation "undrop_shoes" violates check constraint "undrop_shoes_size_check"
DETAIL: Failing row contains (6, x, -1, null).
7
INSERT 0 1
ERROR 23503: update or delete on table "undrop_brands" violates foreign key constraint "undrop_shoes_brand_fkey" on table "undrop_shoes"
DETAIL: Key (name)=(y) is still referenced from table "undrop_shoes".
VACUUM
1
ERROR 23505: duplicate key value violates unique constraint "undrop_shoes_pkey"
DETAIL: Key (id)=(1) already exists.

# In a transaction it is there at once, and goes with it; its keys are looked for when it has committed.
DROP TABLE undrop_shoes;
BEGIN;
UNDROP TABLE undrop_shoes;
SELECT id, brand FROM undrop_shoes WHERE id = 2;
UPDATE undrop_shoes SET size = 50 WHERE id = 2;
SELECT size FROM undrop_shoes WHERE id = 2;
ROLLBACK;
SELECT count(*) FROM undrop_shoes;
BEGIN;
UNDROP TABLE undrop_shoes;
UPDATE undrop_shoes SET size = 50 WHERE id = 2;
DELETE FROM undrop_shoes WHERE id = 1;
COMMIT;
SELECT id, size FROM undrop_shoes ORDER BY id;
SELECT id FROM undrop_shoes WHERE size = 50;
BEGIN;
DROP TABLE undrop_shoes;
UNDROP TABLE undrop_shoes;
ROLLBACK;
---
DROP TABLE
BEGIN
UNDROP TABLE
2 | y
UPDATE 1
50
ROLLBACK
ERROR 42P01: relation "undrop_shoes" does not exist at 22
BEGIN
UNDROP TABLE
UPDATE 1
DELETE 1
COMMIT
2 | 50
7 | 44
2
BEGIN
DROP TABLE
ERROR 0A000: undropping table "undrop_shoes" in the transaction that drops it is not supported
HINT: ROLLBACK, or ROLLBACK TO SAVEPOINT.
ROLLBACK

# Nor is it dropped by the transaction that brings it back: it would be gone for good.
DROP TABLE undrop_shoes;
BEGIN;
UNDROP TABLE undrop_shoes;
DROP TABLE undrop_shoes;
COMMIT;
UNDROP TABLE undrop_shoes;
SELECT count(*) FROM undrop_shoes;
---
DROP TABLE
BEGIN
UNDROP TABLE
ERROR 0A000: dropping table "undrop_shoes" in the transaction that undrops it is not supported
HINT: ROLLBACK, or ROLLBACK TO SAVEPOINT.
ROLLBACK
UNDROP TABLE
2

# One that refers to itself comes back.
CREATE TABLE undrop_tree (id int PRIMARY KEY, above int REFERENCES undrop_tree);
INSERT INTO undrop_tree VALUES (1, NULL), (2, 1);
DROP TABLE undrop_tree;
UNDROP TABLE undrop_tree;
INSERT INTO undrop_tree VALUES (3, 2);
INSERT INTO undrop_tree VALUES (4, 9);
DELETE FROM undrop_tree WHERE id = 1;
SELECT id FROM undrop_tree ORDER BY id;
DROP TABLE undrop_tree;
---
CREATE TABLE
INSERT 0 2
DROP TABLE
UNDROP TABLE
INSERT 0 1
ERROR 23503: insert or update on table "undrop_tree" violates foreign key constraint "undrop_tree_above_fkey"
DETAIL: Key (above)=(9) is not present in table "undrop_tree".
ERROR 23503: update or delete on table "undrop_tree" violates foreign key constraint "undrop_tree_above_fkey" on table "undrop_tree"
DETAIL: Key (id)=(1) is still referenced from table "undrop_tree".
1, 2, 3
DROP TABLE

# What it refers to has to be there, and to have its keys.
DROP TABLE undrop_shoes;
DELETE FROM undrop_brands WHERE name = 'y';
UNDROP TABLE undrop_shoes;
INSERT INTO undrop_brands VALUES ('y');
DROP TABLE undrop_brands;
UNDROP TABLE undrop_shoes;
UNDROP TABLE undrop_brands;
UNDROP TABLE undrop_shoes;
DELETE FROM undrop_brands WHERE name = 'y';
---
DROP TABLE
DELETE 1
ERROR 23503: insert or update on table "undrop_shoes" violates foreign key constraint "undrop_shoes_brand_fkey"
DETAIL: Key (brand)=(y) is not present in table "undrop_brands".
INSERT 0 1
DROP TABLE
ERROR 0A000: table "undrop_shoes" cannot be undropped: what its foreign key "undrop_shoes_brand_fkey" refers to is gone
HINT: UNDROP the table that it refers to first, or read the rows with AS OF.
UNDROP TABLE
UNDROP TABLE
ERROR 23503: update or delete on table "undrop_brands" violates foreign key constraint "undrop_shoes_brand_fkey" on table "undrop_shoes"
DETAIL: Key (name)=(y) is still referenced from table "undrop_shoes".

# Names that are taken, unknown, of other kinds; types that have changed.
UNDROP TABLE undrop_shoes;
UNDROP TABLE undrop_none;
UNDROP TABLE;
DROP TABLE undrop_shoes;
CREATE TABLE undrop_other (id int);
CREATE INDEX undrop_vec ON undrop_other (id);
UNDROP TABLE undrop_shoes;
DROP TABLE undrop_other;
CREATE TABLE undrop_shoes (id int);
UNDROP TABLE undrop_shoes;
DROP TABLE undrop_shoes;
UNDROP TABLE undrop_shoes;
SELECT * FROM undrop_shoes;
DROP TABLE undrop_shoes;
CREATE MATERIALIZED VIEW undrop_view AS SELECT 1 AS one;
DROP MATERIALIZED VIEW undrop_view;
UNDROP TABLE undrop_view;
CREATE TYPE undrop_mood AS ENUM ('ok');
CREATE TABLE undrop_typed (m undrop_mood, a undrop_mood[]);
INSERT INTO undrop_typed VALUES ('ok', '{ok}');
DROP TABLE undrop_typed;
UNDROP TABLE undrop_typed;
SELECT * FROM undrop_typed;
DROP TABLE undrop_typed;
ALTER TYPE undrop_mood ADD VALUE 'bad';
UNDROP TABLE undrop_typed;
DROP TYPE undrop_mood;
UNDROP TABLE undrop_typed;
---
ERROR 42P07: relation "undrop_shoes" already exists
ERROR 42P01: no table "undrop_none" was dropped at 14
HINT: Materialized views, views and temporary tables cannot be undropped.
ERROR 42601: syntax error at end of input at 13
DROP TABLE
CREATE TABLE
CREATE INDEX
ERROR 42P07: relation "undrop_vec" already exists
DROP TABLE
CREATE TABLE
ERROR 42P07: relation "undrop_shoes" already exists
DROP TABLE
UNDROP TABLE
(no rows)
DROP TABLE
SELECT 1
DROP MATERIALIZED VIEW
ERROR 42P01: no table "undrop_view" was dropped at 14
HINT: Materialized views, views and temporary tables cannot be undropped.
CREATE TYPE
CREATE TABLE
INSERT 0 1
DROP TABLE
UNDROP TABLE
ok | {ok}
DROP TABLE
ALTER TYPE
ERROR 0A000: table "undrop_typed" cannot be undropped: the type of column "m" is gone or has changed
HINT: Read the rows with AS OF.
DROP TYPE
ERROR 0A000: table "undrop_typed" cannot be undropped: the type of column "m" is gone or has changed
HINT: Read the rows with AS OF.

# Its owner brings it back.
CREATE ROLE undrop_owner;
GRANT USAGE, CREATE ON SCHEMA public TO undrop_owner, undrop_reader;
SET ROLE undrop_owner;
CREATE TABLE undrop_own (id int);
DROP TABLE undrop_own;
SET ROLE undrop_reader;
UNDROP TABLE undrop_own;
SET ROLE undrop_owner;
UNDROP TABLE undrop_own;
DROP TABLE undrop_own;
RESET ROLE;
DROP OWNED BY undrop_owner;
DROP ROLE undrop_owner;
UNDROP TABLE undrop_own;
SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE relname = 'undrop_own';
DROP TABLE undrop_own;
DROP OWNED BY undrop_reader;
DROP ROLE undrop_reader;
DROP TABLE undrop_brands;
---
CREATE ROLE
GRANT
SET
CREATE TABLE
DROP TABLE
SET
ERROR 42501: must be owner of table undrop_own
SET
UNDROP TABLE
DROP TABLE
RESET
DROP OWNED
DROP ROLE
UNDROP TABLE
t
DROP TABLE
DROP OWNED
DROP ROLE
DROP TABLE
