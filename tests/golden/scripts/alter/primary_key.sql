# A primary key comes for rows that have none twice, and none NULL.
CREATE TABLE t (a int, b int, c text);
INSERT INTO t VALUES (1, 1, 'x'), (2, NULL, 'y'), (2, 3, 'z');
[moment] before;
ALTER TABLE t ADD PRIMARY KEY (nope);
ALTER TABLE t ADD PRIMARY KEY (a, a);
ALTER TABLE t ADD PRIMARY KEY (a);
ALTER TABLE t ADD PRIMARY KEY (b);
ALTER TABLE t ADD PRIMARY KEY (c);
ALTER TABLE t ADD PRIMARY KEY (a);
SELECT b FROM t WHERE c = 'z';
INSERT INTO t VALUES (9, 9, 'x');
INSERT INTO t VALUES (9, 9, NULL);
SELECT * FROM t AS OF $before ORDER BY c;
---
CREATE TABLE
INSERT 0 3
ERROR 42703: column "nope" of relation "t" does not exist
ERROR 42701: column "a" appears twice in primary key constraint at 19
ERROR 23505: could not create unique index "t_pkey"
DETAIL: Key (a)=(2) is duplicated.
ERROR 23502: column "b" of relation "t" contains null values
ALTER TABLE
ERROR 42P16: multiple primary keys for table "t" are not allowed
3
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (c)=(x) already exists.
ERROR 23502: null value in column "c" of relation "t" violates not-null constraint
DETAIL: Failing row contains (9, 9, null).
1 | 1 | x
2 | NULL | y
2 | 3 | z

# It has a name, and goes by it.
ALTER TABLE t DROP CONSTRAINT nope;
ALTER TABLE t DROP CONSTRAINT IF EXISTS nope;
ALTER TABLE t RENAME CONSTRAINT nope TO x;
ALTER TABLE t RENAME CONSTRAINT t_pkey TO x;
ALTER TABLE t DROP CONSTRAINT x, ADD CONSTRAINT y PRIMARY KEY (c, a);
INSERT INTO t VALUES (1, 5, 'x');
ALTER TABLE t RENAME CONSTRAINT y TO t;
SELECT conname, conkey FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'p';
INSERT INTO t VALUES (1, 5, 'x') ON CONFLICT ON CONSTRAINT y DO UPDATE SET b = 77;
SELECT * FROM t ORDER BY c;
ALTER TABLE t DROP CONSTRAINT y CASCADE;
INSERT INTO t VALUES (1, 5, 'x');
INSERT INTO t VALUES (1, 5, NULL);
ALTER TABLE t ADD CONSTRAINT t PRIMARY KEY (a);
SELECT * FROM t ORDER BY c, b;
---
ERROR 42704: constraint "nope" of relation "t" does not exist
ALTER TABLE
ERROR 42704: constraint "nope" for table "t" does not exist
ALTER TABLE
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "y"
DETAIL: Key (c, a)=(x, 1) already exists.
ERROR 42P07: relation "t" already exists
y | {3,1}
INSERT 0 1
1 | 77 | x
2 | NULL | y
2 | 3 | z
ALTER TABLE
INSERT 0 1
ERROR 23502: null value in column "c" of relation "t" violates not-null constraint
DETAIL: Failing row contains (1, 5, null).
ERROR 42P07: relation "t" already exists
1 | 5 | x
1 | 77 | x
2 | NULL | y
2 | 3 | z

# A new key may have the name of one that goes with it.
CREATE TABLE u (a int, b int);
INSERT INTO u VALUES (1, 2);
ALTER TABLE u ADD COLUMN c serial, ADD PRIMARY KEY (c), DROP COLUMN b;
SELECT * FROM u;
ALTER TABLE ONLY u ADD CONSTRAINT k PRIMARY KEY (a);
ALTER TABLE u DROP COLUMN c, ADD PRIMARY KEY (a);
INSERT INTO u VALUES (1);
ALTER INDEX u_pkey RENAME TO kk;
BEGIN;
ALTER TABLE u DROP CONSTRAINT kk;
INSERT INTO u VALUES (1);
ROLLBACK;
INSERT INTO u VALUES (1);
SELECT * FROM u;
---
CREATE TABLE
INSERT 0 1
ALTER TABLE
1 | 1
ERROR 42P16: multiple primary keys for table "u" are not allowed
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "u_pkey"
DETAIL: Key (a)=(1) already exists.
ALTER INDEX
BEGIN
ALTER TABLE
INSERT 0 1
ROLLBACK
ERROR 23505: duplicate key value violates unique constraint "kk"
DETAIL: Key (a)=(1) already exists.
1
