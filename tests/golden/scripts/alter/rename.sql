# A column's name changes wherever it stands.
CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'd', v vector(2));
INSERT INTO t VALUES (1, 'x', '[1,1]'), (2, 'y', '[2,2]');
CREATE INDEX ON t (a);
[moment] before;
ALTER TABLE t RENAME COLUMN a TO "A new name";
ALTER TABLE t RENAME id TO key;
[header] SELECT * FROM t ORDER BY key;
SELECT a FROM t;
SELECT key FROM t WHERE "A new name" = 'y';
INSERT INTO t (key) VALUES (3);
INSERT INTO t (key) VALUES (3);
INSERT INTO t VALUES (3, 'z') ON CONFLICT (key) DO UPDATE SET "A new name" = excluded."A new name";
SELECT * FROM t WHERE key = 3;
[header] SELECT * FROM t AS OF $before ORDER BY id;
SELECT indexdef FROM pg_indexes WHERE tablename = 't' ORDER BY 1;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
ALTER TABLE
ALTER TABLE
key integer | A new name text | v vector
1 | x | [1,1]
2 | y | [2,2]
ERROR 42703: column "a" does not exist at 8
2
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (key)=(3) already exists.
INSERT 0 1
3 | z | NULL
id integer | a text | v vector
1 | x | [1,1]
2 | y | [2,2]
CREATE INDEX t_a_idx ON public.t USING btree ("A new name"), CREATE UNIQUE INDEX t_pkey ON public.t USING btree (key)

# Names that are taken, and such as nothing has.
ALTER TABLE t RENAME COLUMN nope TO x;
ALTER TABLE t RENAME COLUMN v TO key;
ALTER TABLE t RENAME COLUMN v TO v;
ALTER TABLE t RENAME COLUMN v TO xmin;
ALTER TABLE t RENAME COLUMN ctid TO x;
ALTER TABLE nowhere RENAME COLUMN a TO b;
ALTER TABLE IF EXISTS nowhere RENAME a TO b;
---
ERROR 42703: column "nope" does not exist
ERROR 42701: column "key" of relation "t" already exists
ERROR 42701: column "v" of relation "t" already exists
ERROR 42701: column name "xmin" conflicts with a system column name
ERROR 0A000: cannot rename system column "ctid"
ERROR 42P01: relation "nowhere" does not exist
ALTER TABLE

# A table's name changes; the names of its indexes stay.
ALTER TABLE t RENAME TO u;
SELECT key FROM u ORDER BY key;
SELECT key FROM t;
SELECT id FROM t AS OF $before ORDER BY id;
SELECT id FROM u AS OF $before;
INSERT INTO u VALUES (3);
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
INSERT INTO t VALUES (1);
SELECT id FROM t ORDER BY id;
ALTER TABLE t RENAME TO u;
ALTER TABLE t RENAME TO t;
ALTER TABLE t RENAME TO u_pkey;
ALTER TABLE t RENAME TO t_pkey;
ALTER TABLE IF EXISTS nowhere RENAME TO somewhere;
---
ALTER TABLE
1, 2, 3
ERROR 42P01: relation "t" does not exist at 17
1, 2
ERROR 42P01: relation "u" does not exist at 16
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (key)=(3) already exists.
CREATE TABLE
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "t_pkey1"
DETAIL: Key (id)=(1) already exists.
1
ERROR 42P07: relation "u" already exists
ERROR 42P07: relation "t" already exists
ALTER TABLE
ERROR 42P01: relation "t" does not exist
ALTER TABLE

# Two tables change names in one transaction.
BEGIN;
ALTER TABLE t RENAME TO between;
ALTER TABLE u RENAME TO t;
ALTER TABLE between RENAME TO u;
COMMIT;
SELECT key FROM t ORDER BY key;
SELECT id FROM u ORDER BY id;
---
BEGIN
ERROR 42P01: relation "t" does not exist
ERROR 25P02: current transaction is aborted, commands ignored until end of transaction block
ERROR 25P02: current transaction is aborted, commands ignored until end of transaction block
ROLLBACK
ERROR 42P01: relation "t" does not exist at 17
ERROR 42703: column "id" does not exist at 8

# So does that of an index, and ALTER TABLE knows it too.
CREATE INDEX by_name ON t ("A new name");
ALTER INDEX by_name RENAME TO by_a;
ALTER INDEX by_name RENAME TO by_b;
ALTER INDEX IF EXISTS by_name RENAME TO by_b;
ALTER INDEX by_a RENAME TO t;
ALTER TABLE by_a RENAME TO by_c;
SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1;
DROP INDEX by_c;
ALTER INDEX u_pkey RENAME TO u_key;
---
ERROR 42P01: relation "t" does not exist at 25
ERROR 42P01: relation "by_name" does not exist
ERROR 42P01: relation "by_name" does not exist
ALTER INDEX
ERROR 42P01: relation "by_a" does not exist
ERROR 42P01: relation "by_a" does not exist
(no rows)
ERROR 42704: index "by_c" does not exist
ALTER INDEX

# Schemas and owners are those there are.
ALTER TABLE t SET SCHEMA public;
ALTER TABLE t SET SCHEMA other;
ALTER TABLE t OWNER TO CURRENT_USER;
ALTER TABLE t OWNER TO nobody_at_all;
---
ERROR 42P01: relation "t" does not exist
ERROR 42P01: relation "t" does not exist
ERROR 42P01: relation "t" does not exist
ERROR 42P01: relation "t" does not exist
