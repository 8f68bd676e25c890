# Unique keys beside the primary one: NULLs are unlike, and the key that is taken is named.
CREATE TABLE u1 (id int PRIMARY KEY, email text UNIQUE, a int, b int, CONSTRAINT ab UNIQUE (a, b));
INSERT INTO u1 VALUES (1, 'x', 1, 1), (2, 'y', 1, 2), (3, NULL, NULL, 1), (4, NULL, NULL, 1);
INSERT INTO u1 VALUES (5, 'x', 9, 9);
INSERT INTO u1 VALUES (5, 'z', 1, 2);
INSERT INTO u1 VALUES (5, 'z', 3, 2), (6, 'z', 4, 4);
UPDATE u1 SET email = 'y' WHERE id = 1;
UPDATE u1 SET email = 'x' WHERE id = 1;
UPDATE u1 SET b = 7 WHERE id = 2;
SELECT * FROM u1 ORDER BY id;
---
CREATE TABLE
INSERT 0 4
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(x) already exists.
ERROR 23505: duplicate key value violates unique constraint "ab"
DETAIL: Key (a, b)=(1, 2) already exists.
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(z) already exists.
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(y) already exists.
UPDATE 1
UPDATE 1
1 | x | 1 | 1
2 | y | 1 | 7
3 | NULL | NULL | 1
4 | NULL | NULL | 1

# ON CONFLICT looks at the key it names, at all of them where it names none.
INSERT INTO u1 VALUES (9, 'x', 0, 0) ON CONFLICT (email) DO UPDATE SET a = 100 RETURNING *;
INSERT INTO u1 VALUES (9, 'q', 1, 7) ON CONFLICT (a, b) DO UPDATE SET email = excluded.email RETURNING *;
INSERT INTO u1 VALUES (9, 'q', 1, 7) ON CONFLICT ON CONSTRAINT ab DO NOTHING;
INSERT INTO u1 VALUES (9, 'q', 1, 8) ON CONFLICT DO NOTHING;
INSERT INTO u1 VALUES (9, 'q', 1, 8) ON CONFLICT (id) DO NOTHING;
INSERT INTO u1 VALUES (10, 'w', 5, 5), (11, 'w', 6, 6), (12, 'v', 5, 5) ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO u1 VALUES (20, 'x', 5, 5) ON CONFLICT (id) DO UPDATE SET a = 1;
INSERT INTO u1 VALUES (1, 'x', 5, 5) ON CONFLICT (a) DO NOTHING;
INSERT INTO u1 VALUES (1, 'x', 5, 5) ON CONFLICT ON CONSTRAINT nope DO NOTHING;
---
1 | x | 100 | 1
INSERT 0 1
2 | q | 1 | 7
INSERT 0 1
INSERT 0 0
INSERT 0 0
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(q) already exists.
10
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(x) already exists.
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42704: constraint "nope" for table "u1" does not exist

# In a block a row that was deleted gives its keys back.
BEGIN;
INSERT INTO u1 VALUES (30, 'aa', 30, 30);
INSERT INTO u1 VALUES (31, 'aa', 31, 31);
ROLLBACK;
BEGIN;
DELETE FROM u1 WHERE email = 'x';
INSERT INTO u1 VALUES (40, 'x', 40, 40);
COMMIT;
SELECT id, email FROM u1 WHERE email = 'x';
---
BEGIN
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(aa) already exists.
ROLLBACK
BEGIN
DELETE 1
INSERT 0 1
COMMIT
40 | x

# What the catalog says of them.
SELECT conname, contype, conkey FROM pg_constraint WHERE conrelid = 'u1'::regclass AND contype IN ('p', 'u') ORDER BY conname;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'u1'::regclass AND contype IN ('p', 'u') ORDER BY conname;
SELECT indexdef FROM pg_indexes WHERE tablename = 'u1' ORDER BY indexname;
SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_name = 'u1' AND constraint_type <> 'CHECK' ORDER BY 1;
SELECT constraint_name, column_name, ordinal_position FROM information_schema.key_column_usage WHERE table_name = 'u1' ORDER BY 1, 3;
---
ab | u | {3,4}
u1_email_key | u | {2}
u1_pkey | p | {1}
UNIQUE (a, b), UNIQUE (email), PRIMARY KEY (id)
CREATE UNIQUE INDEX ab ON public.u1 USING btree (a, b), CREATE UNIQUE INDEX u1_email_key ON public.u1 USING btree (email), CREATE UNIQUE INDEX u1_pkey ON public.u1 USING btree (id)
ab | UNIQUE
u1_email_key | UNIQUE
u1_pkey | PRIMARY KEY
ab | a | 1
ab | b | 2
u1_email_key | email | 1
u1_pkey | id | 1

# Keys are added to rows that there are, and dropped.
ALTER TABLE u1 DROP CONSTRAINT ab;
INSERT INTO u1 VALUES (50, 'z5', 40, 40);
ALTER TABLE u1 ADD CONSTRAINT ab UNIQUE (a, b);
DELETE FROM u1 WHERE id = 50;
ALTER TABLE u1 ADD CONSTRAINT ab UNIQUE (a, b);
INSERT INTO u1 VALUES (50, 'z5', 40, 40);
ALTER TABLE u1 ADD UNIQUE (a), ADD COLUMN n int UNIQUE;
DELETE FROM u1 WHERE a IS NOT NULL AND id NOT IN (SELECT min(id) FROM u1 WHERE a IS NOT NULL GROUP BY a);
ALTER TABLE u1 ADD UNIQUE (a), ADD COLUMN n int UNIQUE;
ALTER TABLE u1 RENAME CONSTRAINT ab TO ab2;
ALTER TABLE u1 RENAME COLUMN a TO a2;
INSERT INTO u1 SELECT 60, 'z6', a2, 77, 77 FROM u1 WHERE a2 IS NOT NULL LIMIT 1;
DROP INDEX ab2;
ALTER TABLE u1 DROP CONSTRAINT IF EXISTS nope;
ALTER TABLE u1 DROP CONSTRAINT nope;
CREATE UNIQUE INDEX u1_b ON u1 (b);
CREATE UNIQUE INDEX u1_id2 ON u1 (id, b);
INSERT INTO u1 (id, b) VALUES (70, 1) ON CONFLICT (b, id) DO NOTHING;
INSERT INTO u1 (id, b) VALUES (70, 1) ON CONFLICT ON CONSTRAINT u1_id2 DO NOTHING;
DROP INDEX u1_id2;
---
ALTER TABLE
INSERT 0 1
ERROR 23505: could not create unique index "ab"
DETAIL: Key (a, b)=(40, 40) is duplicated.
DELETE 1
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "ab"
DETAIL: Key (a, b)=(40, 40) already exists.
ALTER TABLE
DELETE 0
ERROR 42701: column "n" of relation "u1" already exists
ALTER TABLE
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "u1_a_key"
DETAIL: Key (a2)=(1) already exists.
ERROR 2BP01: cannot drop index ab2 because constraint ab2 on table u1 requires it
HINT: You can drop constraint ab2 on table u1 instead.
ALTER TABLE
ERROR 42704: constraint "nope" of relation "u1" does not exist
ERROR 23505: could not create unique index "u1_b"
DETAIL: Key (b)=(1) is duplicated.
CREATE INDEX
INSERT 0 1
ERROR 42704: constraint "u1_id2" for table "u1" does not exist
DROP INDEX

# Truncating, another type, dropping the column; the primary key comes and goes.
TRUNCATE u1;
INSERT INTO u1 (id, email) VALUES (1, 'x'), (2, 'y');
INSERT INTO u1 (id, email) VALUES (3, 'x');
ALTER TABLE u1 ALTER COLUMN email TYPE varchar(5);
INSERT INTO u1 (id, email) VALUES (3, 'x');
ALTER TABLE u1 DROP COLUMN email;
INSERT INTO u1 (id) VALUES (3);
ALTER TABLE u1 DROP CONSTRAINT u1_pkey;
INSERT INTO u1 (id) VALUES (3);
ALTER TABLE u1 ADD PRIMARY KEY (id);
DELETE FROM u1 WHERE id = 3;
ALTER TABLE u1 ADD CONSTRAINT mykey PRIMARY KEY (id);
INSERT INTO u1 (id) VALUES (1);
ALTER TABLE u1 ADD PRIMARY KEY (b);
DROP TABLE u1;
---
TRUNCATE TABLE
INSERT 0 2
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(x) already exists.
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "u1_email_key"
DETAIL: Key (email)=(x) already exists.
ALTER TABLE
INSERT 0 1
ALTER TABLE
INSERT 0 1
ERROR 23505: could not create unique index "u1_pkey"
DETAIL: Key (id)=(3) is duplicated.
DELETE 2
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "mykey"
DETAIL: Key (id)=(1) already exists.
ERROR 42P16: multiple primary keys for table "u1" are not allowed
DROP TABLE

# NULLs may be alike.
CREATE TABLE u2 (a int, b text, UNIQUE NULLS NOT DISTINCT (a, b));
INSERT INTO u2 VALUES (1, NULL), (NULL, 'x'), (NULL, NULL);
INSERT INTO u2 VALUES (1, NULL);
INSERT INTO u2 VALUES (NULL, NULL);
INSERT INTO u2 VALUES (NULL, 'x');
INSERT INTO u2 VALUES (2, NULL) RETURNING *;
INSERT INTO u2 VALUES (2, NULL) ON CONFLICT (a, b) DO NOTHING;
DROP TABLE u2;
---
CREATE TABLE
INSERT 0 3
ERROR 23505: duplicate key value violates unique constraint "u2_a_b_key"
DETAIL: Key (a, b)=(1, null) already exists.
ERROR 23505: duplicate key value violates unique constraint "u2_a_b_key"
DETAIL: Key (a, b)=(null, null) already exists.
ERROR 23505: duplicate key value violates unique constraint "u2_a_b_key"
DETAIL: Key (a, b)=(null, x) already exists.
2 | NULL
INSERT 0 1
INSERT 0 0
DROP TABLE

# What is no key, and what is one key said twice.
CREATE TABLE u3 (a int, UNIQUE (a, a));
CREATE TABLE u3 (a int, UNIQUE (b));
CREATE TABLE u3 (a int PRIMARY KEY, b int PRIMARY KEY);
CREATE TABLE u3 (a int UNIQUE PRIMARY KEY, b int UNIQUE UNIQUE);
SELECT conname FROM pg_constraint WHERE conrelid = 'u3'::regclass AND contype IN ('p', 'u') ORDER BY 1;
DROP TABLE u3;
---
ERROR 42701: column "a" appears twice in unique constraint at 25
ERROR 42703: column "b" named in key does not exist at 25
ERROR 42P16: multiple primary keys for table "u3" are not allowed at 43
CREATE TABLE
u3_b_key, u3_pkey
DROP TABLE
