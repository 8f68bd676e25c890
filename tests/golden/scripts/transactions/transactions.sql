CREATE TABLE x (id int PRIMARY KEY, a int);
INSERT INTO x VALUES (1, 1), (2, 2);
---
CREATE TABLE
INSERT 0 2

# Own changes are seen, and gone after ROLLBACK.
BEGIN;
INSERT INTO x VALUES (3, 3);
UPDATE x SET a = 10 WHERE id = 1;
DELETE FROM x WHERE id = 2;
SELECT * FROM x ORDER BY id;
ROLLBACK;
SELECT * FROM x ORDER BY id;
---
BEGIN
INSERT 0 1
UPDATE 1
DELETE 1
1 | 10
3 | 3
ROLLBACK
1 | 1
2 | 2

# COMMIT keeps them.
BEGIN;
INSERT INTO x VALUES (3, 3);
COMMIT;
SELECT * FROM x ORDER BY id;
---
BEGIN
INSERT 0 1
COMMIT
1 | 1
2 | 2
3 | 3

# An error makes the block refuse everything until its end; COMMIT then rolls back.
BEGIN;
INSERT INTO x VALUES (4, 4);
SELECT nope FROM x;
SELECT id FROM x;
COMMIT;
SELECT id FROM x ORDER BY id;
---
BEGIN
INSERT 0 1
ERROR 42703: column "nope" does not exist at 8
ERROR 25P02: current transaction is aborted, commands ignored until end of transaction block
ROLLBACK
1, 2, 3

# Savepoints.
BEGIN;
INSERT INTO x VALUES (4, 4);
SAVEPOINT s;
INSERT INTO x VALUES (1, 1);
ROLLBACK TO SAVEPOINT s;
INSERT INTO x VALUES (5, 5);
RELEASE SAVEPOINT s;
ROLLBACK TO s;
ROLLBACK;
---
BEGIN
INSERT 0 1
SAVEPOINT
ERROR 23505: duplicate key value violates unique constraint "x_pkey"
DETAIL: Key (id)=(1) already exists.
ROLLBACK
INSERT 0 1
RELEASE
ERROR 3B001: savepoint "s" does not exist
ROLLBACK

# Read only.
BEGIN READ ONLY;
SELECT id FROM x ORDER BY id;
DELETE FROM x;
ROLLBACK;
---
BEGIN
1, 2, 3
ERROR 25006: cannot change data in a read-only transaction or the past
ROLLBACK

# Definitions are part of the transaction.
BEGIN;
CREATE TABLE y (a int);
INSERT INTO y VALUES (1);
SELECT a FROM y;
ROLLBACK;
SELECT a FROM y;
SAVEPOINT s;
DROP TABLE x;
---
BEGIN
CREATE TABLE
INSERT 0 1
1
ROLLBACK
ERROR 42P01: relation "y" does not exist at 15
ERROR 25P01: SAVEPOINT can only be used in transaction blocks
DROP TABLE
