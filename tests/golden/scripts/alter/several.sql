# Several actions are one change; what goes goes first.
CREATE TABLE t (id int PRIMARY KEY, a int, b text, c int);
INSERT INTO t VALUES (1, 10, 'x', 5), (2, 20, 'y', NULL);
ALTER TABLE t ADD COLUMN d int DEFAULT 1, DROP COLUMN c, ALTER a TYPE text, ALTER b SET DEFAULT 'q', ALTER b SET NOT NULL;
INSERT INTO t (id) VALUES (3);
SELECT * FROM t ORDER BY id;
ALTER TABLE t ADD COLUMN e int, DROP COLUMN e;
ALTER TABLE t ADD COLUMN e int, ADD COLUMN e text;
ALTER TABLE t ADD COLUMN IF NOT EXISTS e int, ADD COLUMN IF NOT EXISTS e text;
ALTER TABLE t DROP COLUMN e, ALTER e SET DEFAULT 4;
ALTER TABLE t ADD COLUMN f int, ALTER COLUMN f SET DEFAULT 8;
ALTER TABLE t ALTER a TYPE varchar(4), ALTER a TYPE varchar(5);
ALTER TABLE t RENAME a TO z, ADD COLUMN y int;
ALTER TABLE t ADD COLUMN y int, RENAME a TO z;
ALTER TABLE t ADD COLUMN y int, RENAME TO z;
INSERT INTO t (id) VALUES (4);
SELECT * FROM t ORDER BY id;
---
CREATE TABLE
INSERT 0 2
ALTER TABLE
INSERT 0 1
1 | 10 | x | 1
2 | 20 | y | 1
3 | NULL | q | 1
ERROR 42703: column "e" of relation "t" does not exist
ERROR 42701: column "e" of relation "t" already exists
ALTER TABLE
ERROR 42703: column "e" of relation "t" does not exist
ALTER TABLE
ERROR 0A000: cannot alter type of column "a" twice
ERROR 42601: syntax error at or near "," at 28
ERROR 42601: syntax error at or near "rename" at 33
ERROR 42601: syntax error at or near "rename" at 33
INSERT 0 1
1 | 10 | x | 1 | NULL | NULL
2 | 20 | y | 1 | NULL | NULL
3 | NULL | q | 1 | NULL | NULL
4 | NULL | q | 1 | NULL | 8

# One that fails undoes the others.
ALTER TABLE t ADD COLUMN g int DEFAULT 1, ALTER f SET NOT NULL;
ALTER TABLE t DROP COLUMN f, ALTER b TYPE int USING b::int;
SELECT * FROM t ORDER BY id;
---
ERROR 23502: column "f" of relation "t" contains null values
ERROR 42804: default for column "b" cannot be cast automatically to type integer
1 | 10 | x | 1 | NULL | NULL
2 | 20 | y | 1 | NULL | NULL
3 | NULL | q | 1 | NULL | NULL
4 | NULL | q | 1 | NULL | 8

# So do ROLLBACK and ROLLBACK TO.
BEGIN;
INSERT INTO t (id) VALUES (5);
SAVEPOINT one;
ALTER TABLE t DROP COLUMN b, ADD COLUMN g int DEFAULT 9;
INSERT INTO t (id, g) VALUES (6, 60);
SELECT * FROM t ORDER BY id;
SAVEPOINT two;
ALTER TABLE t RENAME TO u;
SELECT count(*) FROM t;
ROLLBACK TO two;
SELECT id, g FROM t ORDER BY id;
ALTER TABLE t ALTER g TYPE text USING g::text || 'g';
INSERT INTO t (id) VALUES (7);
SELECT id, g FROM t ORDER BY id;
ROLLBACK TO one;
SELECT * FROM t ORDER BY id;
ALTER TABLE t ALTER id TYPE bigint;
INSERT INTO t (id) VALUES (5);
ROLLBACK;
SELECT * FROM t ORDER BY id;
---
BEGIN
INSERT 0 1
SAVEPOINT
ALTER TABLE
INSERT 0 1
1 | 10 | 1 | NULL | NULL | 9
2 | 20 | 1 | NULL | NULL | 9
3 | NULL | 1 | NULL | NULL | 9
4 | NULL | 1 | NULL | 8 | 9
5 | NULL | 1 | NULL | 8 | 9
6 | NULL | 1 | NULL | 8 | 60
SAVEPOINT
ALTER TABLE
ERROR 42P01: relation "t" does not exist at 22
ROLLBACK
1 | 9
2 | 9
3 | 9
4 | 9
5 | 9
6 | 60
ALTER TABLE
INSERT 0 1
1 | 9g
2 | 9g
3 | 9g
4 | 9g
5 | 9g
6 | 60g
7 | 9
ROLLBACK
1 | 10 | x | 1 | NULL | NULL
2 | 20 | y | 1 | NULL | NULL
3 | NULL | q | 1 | NULL | NULL
4 | NULL | q | 1 | NULL | 8
5 | NULL | q | 1 | NULL | 8
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (id)=(5) already exists.
ROLLBACK
1 | 10 | x | 1 | NULL | NULL
2 | 20 | y | 1 | NULL | NULL
3 | NULL | q | 1 | NULL | NULL
4 | NULL | q | 1 | NULL | 8

# Within one transaction rows follow each definition.
BEGIN;
CREATE TABLE n (a int PRIMARY KEY);
INSERT INTO n VALUES (1);
ALTER TABLE n ADD COLUMN b int DEFAULT 2;
INSERT INTO n VALUES (2, 3);
ALTER TABLE n ALTER a TYPE text, DROP COLUMN b, ADD COLUMN c serial;
INSERT INTO n VALUES ('x');
DELETE FROM n WHERE a = '2';
ALTER TABLE n RENAME TO m;
SELECT * FROM m ORDER BY a;
COMMIT;
SELECT * FROM m ORDER BY a;
---
BEGIN
CREATE TABLE
INSERT 0 1
ALTER TABLE
INSERT 0 1
ALTER TABLE
INSERT 0 1
DELETE 1
ALTER TABLE
1 | 1
x | 3
COMMIT
1 | 1
x | 3
