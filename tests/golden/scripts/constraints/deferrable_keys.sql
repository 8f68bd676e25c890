# Rows may be alike in a DEFERRABLE key till the statement ends, in one that is deferred till the transaction does.
CREATE TABLE dk (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, a int UNIQUE DEFERRABLE, b int UNIQUE);
INSERT INTO dk VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);
UPDATE dk SET id = id + 1;
UPDATE dk SET a = a + 1;
INSERT INTO dk VALUES (2, 20, 20);
INSERT INTO dk VALUES (5, 2, 20);
BEGIN;
INSERT INTO dk VALUES (2, 20, 20);
SELECT * FROM dk WHERE id = 2 ORDER BY a;
SELECT count(*), sum(a) FROM dk WHERE id = 2;
UPDATE dk SET id = 9 WHERE a = 20;
COMMIT;
BEGIN;
INSERT INTO dk VALUES (2, 30, 30);
COMMIT;
BEGIN;
INSERT INTO dk VALUES (30, 2, 30);
ROLLBACK;
WITH x AS (INSERT INTO dk VALUES (6, 2, 6) RETURNING 1) UPDATE dk SET a = 12 WHERE a = 2;
MERGE INTO dk USING (VALUES (2, 3), (3, 2)) v(o, n) ON dk.id = v.o WHEN MATCHED THEN UPDATE SET id = n;
SELECT * FROM dk ORDER BY id;
DROP TABLE dk;
---
CREATE TABLE
INSERT 0 3
UPDATE 3
UPDATE 3
ERROR 23505: duplicate key value violates unique constraint "dk_pkey"
DETAIL: Key (id)=(2) already exists.
ERROR 23505: duplicate key value violates unique constraint "dk_a_key"
DETAIL: Key (a)=(2) already exists.
BEGIN
INSERT 0 1
2 | 2 | 1
2 | 20 | 20
2 | 22
UPDATE 1
COMMIT
BEGIN
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "dk_pkey"
DETAIL: Key (id)=(2) already exists.
BEGIN
ERROR 23505: duplicate key value violates unique constraint "dk_a_key"
DETAIL: Key (a)=(2) already exists.
ROLLBACK
UPDATE 1
MERGE 2
2 | 3 | 2
3 | 12 | 1
4 | 4 | 3
6 | 2 | 6
9 | 20 | 20
DROP TABLE

# SET CONSTRAINTS, savepoints.
CREATE TABLE dk (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, a int UNIQUE DEFERRABLE, b int UNIQUE);
INSERT INTO dk VALUES (1, 1, 1), (2, 2, 2);
BEGIN;
SET CONSTRAINTS dk_a_key DEFERRED;
INSERT INTO dk VALUES (3, 2, 3);
UPDATE dk SET a = 22 WHERE id = 3;
SET CONSTRAINTS dk_a_key IMMEDIATE;
INSERT INTO dk VALUES (4, 2, 4);
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO dk VALUES (3, 2, 3);
SET CONSTRAINTS dk_a_key IMMEDIATE;
ROLLBACK;
BEGIN;
SET CONSTRAINTS dk_b_key DEFERRED;
ROLLBACK;
BEGIN;
INSERT INTO dk VALUES (2, 4, 4);
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
BEGIN;
INSERT INTO dk VALUES (2, 4, 4);
SAVEPOINT s;
INSERT INTO dk VALUES (1, 5, 5);
ROLLBACK TO s;
DELETE FROM dk WHERE id = 2;
INSERT INTO dk VALUES (2, 6, 6);
COMMIT;
SELECT * FROM dk ORDER BY id;
DROP TABLE dk;
---
CREATE TABLE
INSERT 0 2
BEGIN
SET CONSTRAINTS
INSERT 0 1
UPDATE 1
SET CONSTRAINTS
ERROR 23505: duplicate key value violates unique constraint "dk_a_key"
DETAIL: Key (a)=(2) already exists.
ROLLBACK
BEGIN
SET CONSTRAINTS
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "dk_a_key"
DETAIL: Key (a)=(2) already exists.
ROLLBACK
BEGIN
ERROR 42809: constraint "dk_b_key" is not deferrable
ROLLBACK
BEGIN
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "dk_pkey"
DETAIL: Key (id)=(2) already exists.
ROLLBACK
BEGIN
INSERT 0 1
SAVEPOINT
INSERT 0 1
ROLLBACK
DELETE 2
INSERT 0 1
COMMIT
1 | 1 | 1
2 | 6 | 6
DROP TABLE

# They are no arbiters of ON CONFLICT, nothing refers to them, and they determine no columns of groups.
CREATE TABLE dk (id int PRIMARY KEY DEFERRABLE, a int UNIQUE DEFERRABLE, b int UNIQUE);
INSERT INTO dk VALUES (1, 1, 1);
INSERT INTO dk VALUES (1, 2, 2) ON CONFLICT DO NOTHING;
INSERT INTO dk VALUES (1, 2, 2) ON CONFLICT (a) DO NOTHING;
INSERT INTO dk VALUES (1, 2, 2) ON CONFLICT ON CONSTRAINT dk_pkey DO UPDATE SET a = 3;
INSERT INTO dk VALUES (1, 2, 2) ON CONFLICT (b) DO NOTHING;
INSERT INTO dk VALUES (3, 3, 1) ON CONFLICT (b) DO UPDATE SET a = 3;
CREATE TABLE dk_r (id int REFERENCES dk);
CREATE TABLE dk_r (id int REFERENCES dk (a));
SELECT id, a FROM dk GROUP BY id;
SELECT id FROM dk WHERE id = 1 FOR UPDATE;
DROP TABLE dk;
---
CREATE TABLE
INSERT 0 1
ERROR 55000: ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters
ERROR 55000: ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters
ERROR 55000: ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters
ERROR 23505: duplicate key value violates unique constraint "dk_pkey"
DETAIL: Key (id)=(1) already exists.
INSERT 0 1
ERROR 55000: cannot use a deferrable primary key for referenced table "dk"
ERROR 55000: cannot use a deferrable unique constraint for referenced table "dk"
ERROR 42803: column "dk.a" must appear in the GROUP BY clause or be used in an aggregate function at 12
1
DROP TABLE

# The catalog, LIKE and ALTER TABLE.
CREATE TABLE dk (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, a int UNIQUE DEFERRABLE, b int UNIQUE);
CREATE TABLE dk_l (LIKE dk INCLUDING INDEXES);
ALTER TABLE dk_l ADD CONSTRAINT dk_x UNIQUE (a, b) INITIALLY DEFERRED;
ALTER TABLE dk_l ADD CONSTRAINT dk_y UNIQUE (b, a) INITIALLY IMMEDIATE;
ALTER TABLE dk_l ADD CONSTRAINT dk_z UNIQUE (a, b) NOT DEFERRABLE INITIALLY DEFERRED;
SELECT conname, condeferrable, condeferred, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'dk_l'::regclass AND contype IN ('u', 'p') ORDER BY conname;
SELECT relname, indimmediate FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 'dk'::regclass ORDER BY 1;
SELECT constraint_name, is_deferrable, initially_deferred FROM information_schema.table_constraints WHERE table_name = 'dk' AND constraint_type IN ('UNIQUE', 'PRIMARY KEY') ORDER BY 1;
ALTER TABLE dk ADD CHECK (id > 0) DEFERRABLE;
DROP TABLE dk, dk_l;
---
CREATE TABLE
CREATE TABLE
ALTER TABLE
ALTER TABLE
ERROR 42601: constraint declared INITIALLY DEFERRED must be DEFERRABLE at 67
dk_l_a_key | t | f | UNIQUE (a) DEFERRABLE
dk_l_b_key | f | f | UNIQUE (b)
dk_l_pkey | t | t | PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED
dk_x | t | t | UNIQUE (a, b) DEFERRABLE INITIALLY DEFERRED
dk_y | f | f | UNIQUE (b, a)
dk_a_key | f
dk_b_key | t
dk_pkey | f
dk_a_key | YES | NO
dk_b_key | NO | NO
dk_pkey | YES | YES
ERROR 0A000: CHECK constraints cannot be marked DEFERRABLE at 35
DROP TABLE
