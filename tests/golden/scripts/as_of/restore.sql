# RESTORE TABLE gives a table the rows that it had, and leaves those that it has still.
CREATE TABLE restored (id int PRIMARY KEY, brand text UNIQUE, vec vector(2));
INSERT INTO restored VALUES (1, 'x', '[1,1]'), (2, 'y', '[2,2]'), (3, 'z', NULL);
CREATE SNAPSHOT restored_then;
DELETE FROM restored WHERE id = 1;
UPDATE restored SET brand = 'w' WHERE id = 2;
INSERT INTO restored VALUES (4, 'x', NULL);
CREATE SNAPSHOT restored_between;
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
SELECT * FROM restored ORDER BY id;
SELECT id FROM restored WHERE brand = 'x';
SELECT id, change_type FROM restored VERSIONS BETWEEN SNAPSHOT 'restored_between' AND now() ORDER BY 2, 1;
SELECT id FROM restored ORDER BY vec <-> '[1,1]' LIMIT 1;
RESTORE TABLE restored AS OF SNAPSHOT 'restored_between';
SELECT * FROM restored ORDER BY id;
---
CREATE TABLE
INSERT 0 3
CREATE SNAPSHOT
DELETE 1
UPDATE 1
INSERT 0 1
CREATE SNAPSHOT
RESTORE TABLE
1 | x | [1,1]
2 | y | [2,2]
3 | z | NULL
1
2 | delete
4 | delete
1 | insert
2 | insert
1
RESTORE TABLE
2 | w | [2,2]
3 | z | NULL
4 | x | NULL

# It is part of its transaction.
BEGIN;
INSERT INTO restored VALUES (9, 'nine', NULL);
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
SELECT id FROM restored ORDER BY id;
INSERT INTO restored VALUES (10, 'x', NULL);
ROLLBACK;
SELECT id FROM restored ORDER BY id;
---
BEGIN
INSERT 0 1
RESTORE TABLE
1, 2, 3
ERROR 23505: duplicate key value violates unique constraint "restored_brand_key"
DETAIL: Key (brand)=(x) already exists.
ROLLBACK
2, 3, 4

# Behind TRUNCATE too, and with columns that have come since.
TRUNCATE restored;
ALTER TABLE restored ADD COLUMN size int DEFAULT 7, ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED;
CREATE INDEX ON restored (upper(brand));
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
SELECT id, brand, size, twice FROM restored ORDER BY id;
SELECT id FROM restored WHERE upper(brand) = 'X';
---
TRUNCATE TABLE
ALTER TABLE
CREATE INDEX
RESTORE TABLE
1 | x | 7 | 2
2 | y | 7 | 4
3 | z | 7 | 6
1

# Keys, foreign keys and conditions hold.
CREATE TABLE restored_marks (id int REFERENCES restored);
INSERT INTO restored VALUES (5, 'v', NULL);
INSERT INTO restored_marks VALUES (5);
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
TRUNCATE restored_marks;
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
SELECT id FROM restored ORDER BY id;
CREATE SNAPSHOT restored_marked;
INSERT INTO restored_marks VALUES (1);
CREATE SNAPSHOT restored_one;
DELETE FROM restored_marks;
DELETE FROM restored WHERE id = 1;
RESTORE TABLE restored_marks AS OF SNAPSHOT 'restored_one';
ALTER TABLE restored ADD CHECK (id > 1);
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
ALTER TABLE restored DROP CONSTRAINT restored_id_check;
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
RESTORE TABLE restored_marks AS OF SNAPSHOT 'restored_one';
SELECT * FROM restored_marks;
DROP TABLE restored_marks;
---
CREATE TABLE
INSERT 0 1
INSERT 0 1
ERROR 23503: update or delete on table "restored" violates foreign key constraint "restored_marks_id_fkey" on table "restored_marks"
DETAIL: Key (id)=(5) is still referenced from table "restored_marks".
TRUNCATE TABLE
RESTORE TABLE
1, 2, 3
CREATE SNAPSHOT
INSERT 0 1
CREATE SNAPSHOT
DELETE 1
DELETE 1
ERROR 23503: insert or update on table "restored_marks" violates foreign key constraint "restored_marks_id_fkey"
DETAIL: Key (id)=(1) is not present in table "restored".
ALTER TABLE
ERROR 23514: new row for relation "restored" violates check constraint "restored_id_check"
DETAIL: Failing row contains (1, x, [1,1], 7, 2).
ALTER TABLE
RESTORE TABLE
RESTORE TABLE
1
DROP TABLE

# Refused: other types, tables made anew, none at all, those of others.
DROP INDEX restored_upper_idx;
ALTER TABLE restored DROP COLUMN twice, ALTER COLUMN brand TYPE int USING 1, DROP CONSTRAINT restored_brand_key;
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
DROP TABLE restored;
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
CREATE TABLE restored (id int, brand int, vec vector(2));
RESTORE TABLE restored AS OF SNAPSHOT 'restored_then';
CREATE TABLE restored_new (id int);
RESTORE TABLE restored_new AS OF SNAPSHOT 'restored_then';
RESTORE TABLE restored_new AS OF SNAPSHOT 'restored_none';
RESTORE TABLE restored_new;
RESTORE TABLE restored_new AS OF now() WHERE id = 1;
CREATE ROLE restored_role;
GRANT USAGE ON SCHEMA public TO restored_role;
GRANT ALL ON restored_new TO restored_role;
SET ROLE restored_role;
RESTORE TABLE restored_new AS OF now();
RESET ROLE;
DROP TABLE restored, restored_new;
DROP OWNED BY restored_role;
DROP ROLE restored_role;
DROP SNAPSHOT restored_then;
DROP SNAPSHOT restored_between;
DROP SNAPSHOT restored_marked;
DROP SNAPSHOT restored_one;
---
DROP INDEX
ALTER TABLE
ERROR 0A000: table "restored" has columns of other types than it had then
HINT: CREATE TABLE ... AS SELECT ... AS OF that moment, and INSERT from there.
DROP TABLE
ERROR 42P01: relation "restored" does not exist
CREATE TABLE
ERROR 0A000: table "restored" has columns of other types than it had then
HINT: CREATE TABLE ... AS SELECT ... AS OF that moment, and INSERT from there.
CREATE TABLE
ERROR 42P01: table "restored_new" was not there then
ERROR 42704: snapshot "restored_none" does not exist
ERROR 42601: syntax error at end of input at 27
ERROR 0A000: clauses beside AS OF are not supported here
CREATE ROLE
GRANT
GRANT
SET
ERROR 42501: must be owner of table restored_new
RESET
DROP TABLE
DROP OWNED
DROP ROLE
DROP SNAPSHOT
DROP SNAPSHOT
DROP SNAPSHOT
DROP SNAPSHOT
