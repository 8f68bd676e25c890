# A column comes with one value for all rows that are there, or with NULL.
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t VALUES (1, 'x'), (2, NULL);
[moment] before;
ALTER TABLE t ADD COLUMN b int;
ALTER TABLE t ADD c int DEFAULT 7;
ALTER TABLE t ADD COLUMN d text DEFAULT 'it''s' || ' new' NOT NULL;
INSERT INTO t VALUES (3, 'y', 30);
INSERT INTO t (id, c, d) VALUES (4, NULL, 'z');
SELECT * FROM t ORDER BY id;
SELECT id FROM t WHERE c = 7 ORDER BY id;
SELECT c, count(*) FROM t GROUP BY c ORDER BY c;
---
CREATE TABLE
INSERT 0 2
ALTER TABLE
ALTER TABLE
ALTER TABLE
INSERT 0 1
INSERT 0 1
1 | x | NULL | 7 | it's new
2 | NULL | NULL | 7 | it's new
3 | y | 30 | 7 | it's new
4 | NULL | NULL | NULL | z
1, 2, 3
7 | 3
NULL | 1

# It was not there before.
SELECT * FROM t AS OF $before ORDER BY id;
SELECT c FROM t AS OF $before;
---
1 | x
2 | NULL
ERROR 42703: column "c" does not exist at 8

# What is there is told, or passed over.
ALTER TABLE t ADD COLUMN a int;
ALTER TABLE t ADD COLUMN IF NOT EXISTS a int;
ALTER TABLE t ADD COLUMN ctid int;
ALTER TABLE nowhere ADD COLUMN a int;
ALTER TABLE IF EXISTS nowhere ADD COLUMN a int;
ALTER TABLE IF EXISTS ONLY t ADD COLUMN IF NOT EXISTS e bigint DEFAULT 5;
SELECT e FROM t ORDER BY id;
---
ERROR 42701: column "a" of relation "t" already exists
ALTER TABLE
ERROR 42701: column name "ctid" conflicts with a system column name
ERROR 42P01: relation "nowhere" does not exist
ALTER TABLE
ALTER TABLE
5, 5, 5, 5

# NOT NULL needs a value for the rows there are.
ALTER TABLE t ADD COLUMN f int NOT NULL;
CREATE TABLE none (id int);
ALTER TABLE none ADD COLUMN f int NOT NULL;
INSERT INTO none (id) VALUES (1);
---
ERROR 23502: column "f" of relation "t" contains null values
CREATE TABLE
ALTER TABLE
ERROR 23502: null value in column "f" of relation "none" violates not-null constraint
DETAIL: Failing row contains (1, null).

# Defaults are checked as they are given.
ALTER TABLE t ADD COLUMN f nosuch;
ALTER TABLE t ADD COLUMN f int DEFAULT 'abc';
ALTER TABLE t ADD COLUMN f int DEFAULT a;
ALTER TABLE t ADD COLUMN f int DEFAULT now();
ALTER TABLE t ADD COLUMN f int DEFAULT nofn();
ALTER TABLE t ADD COLUMN f int DEFAULT (SELECT 1);
ALTER TABLE t ADD COLUMN f int DEFAULT sum(1);
ALTER TABLE t ADD COLUMN f int DEFAULT 9999999999;
ALTER TABLE t ADD COLUMN f varchar(2) DEFAULT 'long';
ALTER TABLE t ADD COLUMN f serial DEFAULT 5;
SELECT * FROM t ORDER BY id;
---
ERROR 42704: type "nosuch" does not exist at 28
ERROR 22P02: invalid input syntax for type integer: "abc"
ERROR 0A000: cannot use column reference in DEFAULT expression
ERROR 42804: column "f" is of type integer but default expression is of type timestamp with time zone
HINT: You will need to rewrite or cast the expression.
ERROR 42883: function nofn() does not exist
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 0A000: cannot use subquery in DEFAULT expression
ERROR 42803: aggregate functions are not allowed in DEFAULT expressions
ERROR 22003: integer out of range
ERROR 22001: value too long for type character varying(2)
ERROR 42601: multiple default values specified for column "f" of table "t"
1 | x | NULL | 7 | it's new | 5
2 | NULL | NULL | 7 | it's new | 5
3 | y | 30 | 7 | it's new | 5
4 | NULL | NULL | NULL | z | 5

# What each row has its own value of is computed for each.
ALTER TABLE t ADD COLUMN n serial;
ALTER TABLE t ADD COLUMN u uuid DEFAULT gen_random_uuid() NOT NULL;
ALTER TABLE t ADD COLUMN i bigint GENERATED ALWAYS AS IDENTITY;
SELECT id, n, i FROM t ORDER BY id;
SELECT count(DISTINCT u) FROM t;
INSERT INTO t (id, d) VALUES (5, 'five');
SELECT id, e, n, i, u IS NULL FROM t WHERE id = 5;
---
ALTER TABLE
ALTER TABLE
ALTER TABLE
1 | 1 | 1
2 | 2 | 2
3 | 3 | 3
4 | 4 | 4
4
INSERT 0 1
5 | 5 | 5 | 5 | f

# A column may be the key.
CREATE TABLE k (a text);
INSERT INTO k VALUES ('x'), ('y');
ALTER TABLE k ADD COLUMN id serial PRIMARY KEY;
INSERT INTO k VALUES ('z');
SELECT id, a FROM k ORDER BY id;
SELECT a FROM k WHERE id = 2;
INSERT INTO k VALUES ('w', 2);
ALTER TABLE k ADD COLUMN other int PRIMARY KEY;
CREATE TABLE l (a text);
INSERT INTO l VALUES ('x'), ('y');
ALTER TABLE l ADD COLUMN id int DEFAULT 1 PRIMARY KEY;
---
CREATE TABLE
INSERT 0 2
ALTER TABLE
INSERT 0 1
1 | x
2 | y
3 | z
y
ERROR 23505: duplicate key value violates unique constraint "k_pkey"
DETAIL: Key (id)=(2) already exists.
ERROR 42P16: multiple primary keys for table "k" are not allowed
CREATE TABLE
INSERT 0 2
ERROR 23505: could not create unique index "l_pkey"
DETAIL: Key (id)=(1) is duplicated.

# Beside a unique index over a part of the rows.
CREATE TABLE part (id int PRIMARY KEY, a text);
CREATE UNIQUE INDEX ON part (a) WHERE id > 0;
INSERT INTO part VALUES (1, 'x');
ALTER TABLE part ADD COLUMN z int DEFAULT 5;
ALTER TABLE part ALTER COLUMN z TYPE text USING z + 1;
INSERT INTO part VALUES (2, 'x');
SELECT * FROM part;
---
CREATE TABLE
CREATE INDEX
INSERT 0 1
ALTER TABLE
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "part_a_idx"
DETAIL: Key (a)=(x) already exists.
1 | x | 6
