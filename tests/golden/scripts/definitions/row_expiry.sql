# Rows expire: WITH (ttl, ttl_column) hides them at once from whatever reads tables, and VACUUM deletes them.
CREATE TABLE expiring (id int PRIMARY KEY, made timestamptz, email text UNIQUE, size int, vec vector(2)) WITH (ttl = '30 minutes', ttl_column = 'made');
CREATE INDEX ON expiring (size);
INSERT INTO expiring VALUES (1, now() - interval '1 hour', 'a', 10, '[1,1]'), (2, now(), 'b', 20, '[2,2]'), (3, NULL, 'c', 30, '[3,3]'),
    (4, now() + interval '1 day', 'd', 40, '[4,4]'), (5, '-infinity', 'e', 50, '[5,5]'), (6, 'infinity', 'f', 60, '[6,6]');
SELECT id FROM expiring ORDER BY id;
SELECT id FROM expiring WHERE id = 1;
SELECT id FROM expiring WHERE id = 2;
SELECT id FROM expiring WHERE email IN ('a', 'b');
SELECT id FROM expiring WHERE size < 25;
SELECT count(*), min(id) FROM expiring;
SELECT id FROM expiring ORDER BY vec <-> '[1,1]' LIMIT 2;
SELECT id FROM expiring WHERE vec <-> '[1,1]' < 2 ORDER BY id;
SELECT e.id, upper(email) FROM expiring e JOIN generate_series(1, 3) n ON n = e.id ORDER BY 1;
SELECT EXISTS (SELECT FROM expiring WHERE id = 1), (SELECT email FROM expiring WHERE id = 1) IS NULL;
SELECT id FROM expiring WHERE id = 1 FOR UPDATE;
UPDATE expiring SET size = 11 WHERE id = 1;
DELETE FROM expiring WHERE id = 1;
WITH gone AS (DELETE FROM expiring WHERE id < 3 RETURNING id) SELECT * FROM gone;
---
CREATE TABLE
CREATE INDEX
INSERT 0 6
2, 3, 4, 6
(no rows)
2
2
2
4 | 2
2, 3
2
2 | B
3 | C
f | t
(no rows)
UPDATE 0
DELETE 0
2

# Keys of rows that have expired are free, also in a transaction, and for ON CONFLICT and UPDATE.
INSERT INTO expiring VALUES (1, now(), 'a', 10, '[1,1]') RETURNING id;
INSERT INTO expiring VALUES (1, now(), 'x', 10, NULL);
INSERT INTO expiring VALUES (7, now() - interval '1 hour', 'g', 70, NULL), (8, now() - interval '1 hour', 'h', 80, NULL);
INSERT INTO expiring VALUES (7, now(), 'h', 71, NULL) ON CONFLICT DO NOTHING;
INSERT INTO expiring VALUES (9, now() - interval '1 hour', 'i', 90, NULL);
INSERT INTO expiring VALUES (9, now(), 'j', 91, NULL) ON CONFLICT (id) DO UPDATE SET size = 0 RETURNING id, size;
INSERT INTO expiring VALUES (10, now() - interval '1 hour', 'k', 100, NULL);
UPDATE expiring SET email = 'k' WHERE id = 9;
BEGIN;
INSERT INTO expiring VALUES (11, now() - interval '1 hour', 'l', 110, NULL);
SELECT count(*) FROM expiring WHERE id = 11;
INSERT INTO expiring VALUES (11, now(), 'l', 111, NULL);
SELECT size FROM expiring WHERE id = 11;
INSERT INTO expiring VALUES (11, now(), 'l', 112, NULL);
ROLLBACK;
SELECT id, email, size FROM expiring ORDER BY id;
---
1
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "expiring_pkey"
DETAIL: Key (id)=(1) already exists.
INSERT 0 2
INSERT 0 1
INSERT 0 1
9 | 91
INSERT 0 1
INSERT 0 1
UPDATE 1
BEGIN
INSERT 0 1
0
INSERT 0 1
111
ERROR 23505: duplicate key value violates unique constraint "expiring_pkey"
DETAIL: Key (id)=(11) already exists.
ROLLBACK
1 | a | 10
3 | c | 30
4 | d | 40
6 | f | 60
7 | h | 71
9 | k | 91

# AS OF sees what was seen then, by the options of then; VACUUM deletes, as a commit of its own.
INSERT INTO expiring VALUES (12, now() - interval '1 hour', 'm', 120, NULL);
ALTER TABLE expiring RESET (ttl, ttl_column);
SELECT id FROM expiring WHERE id IN (5, 12);
INSERT INTO expiring VALUES (12, now() - interval '1 hour', 'm', 120, NULL);
SELECT id FROM expiring WHERE id = 12;
CREATE SNAPSHOT expiring_then;
ALTER TABLE expiring SET (ttl = '10 minutes', ttl_column = 'made');
SELECT id FROM expiring WHERE id = 12;
SELECT id FROM expiring WHERE id = 12 AS OF SNAPSHOT 'expiring_then';
CREATE SNAPSHOT expiring_hidden;
VACUUM expiring;
SELECT id FROM expiring WHERE id = 12 AS OF SNAPSHOT 'expiring_then';
SELECT id FROM expiring WHERE id = 12 AS OF SNAPSHOT 'expiring_hidden';
SELECT id, change_type FROM expiring VERSIONS BETWEEN SNAPSHOT 'expiring_then' AND now();
RESTORE TABLE expiring AS OF SNAPSHOT 'expiring_hidden';
SELECT count(*) FROM expiring WHERE id = 12;
---
INSERT 0 1
ALTER TABLE
(no rows)
INSERT 0 1
12
CREATE SNAPSHOT
ALTER TABLE
(no rows)
12
CREATE SNAPSHOT
VACUUM
12
(no rows)
12 | delete
RESTORE TABLE
0

# The option follows its column, and says what it needs.
ALTER TABLE expiring RENAME COLUMN made TO created_at;
SELECT reloptions FROM pg_class WHERE relname = 'expiring';
ALTER TABLE expiring DROP COLUMN created_at;
ALTER TABLE expiring ALTER COLUMN created_at TYPE text;
ALTER TABLE expiring ALTER COLUMN created_at TYPE timestamp;
INSERT INTO expiring (id, created_at) VALUES (20, now() - interval '2 days'), (21, now() + interval '1 day');
SELECT id FROM expiring WHERE id >= 20;
ALTER TABLE expiring ALTER COLUMN created_at TYPE date;
INSERT INTO expiring (id, created_at) VALUES (22, current_date - 2), (23, current_date + 1);
SELECT id FROM expiring WHERE id >= 20 ORDER BY id;
ALTER TABLE expiring RESET (ttl);
ALTER TABLE expiring SET (ttl = 'soon');
ALTER TABLE expiring SET (ttl = 'forever');
ALTER TABLE expiring SET (ttl_column = 'none');
CREATE TABLE expiring_too (id int) WITH (ttl = '1 day', ttl_column = 'id');
CREATE TABLE expiring_too (id int) WITH (ttl = '1 day');
CREATE TABLE expiring_too (id int REFERENCES expiring);
CREATE TABLE expiring_too (id int PRIMARY KEY, parent int REFERENCES expiring_too, at date) WITH (ttl = '1 day', ttl_column = 'at');
CREATE TABLE expiring_too (id int PRIMARY KEY, at date);
CREATE TABLE expiring_child (id int REFERENCES expiring_too);
ALTER TABLE expiring_too SET (ttl = '1 day', ttl_column = 'at');
DROP TABLE expiring_child, expiring_too;
CREATE TABLE expiring_too WITH (ttl = '1 day', ttl_column = 'at') AS SELECT 1 AS id, now() - interval '2 days' AS at UNION ALL SELECT 2, now();
SELECT id FROM expiring_too;
CREATE TABLE expiring_clone CLONE expiring_too;
SELECT id FROM expiring_clone;
SELECT reloptions FROM pg_class WHERE relname = 'expiring_clone';
DROP TABLE expiring, expiring_too, expiring_clone;
DROP SNAPSHOT expiring_then;
DROP SNAPSHOT expiring_hidden;
---
ALTER TABLE
{"ttl=10 minutes",ttl_column=created_at}
ERROR 42703: column "created_at" of relation "expiring", by which rows expire, does not exist
HINT: RESET (ttl, ttl_column) lets rows stay.
ERROR 42804: rows cannot expire by column "created_at" of type text
HINT: Give it the type timestamptz, timestamp or date.
ALTER TABLE
INSERT 0 2
21
ALTER TABLE
INSERT 0 2
21, 23
ERROR 22023: option "ttl_column" needs option "ttl"
HINT: WITH (ttl = '30 days', ttl_column = 'created_at')
ERROR 22023: invalid ttl "soon"
HINT: write e.g. '30 days', '12 hours' or 'forever'
ERROR 22023: invalid ttl "forever"
HINT: RESET (ttl, ttl_column) lets rows stay.
ERROR 42703: column "none" of relation "expiring", by which rows expire, does not exist
HINT: RESET (ttl, ttl_column) lets rows stay.
ERROR 42804: rows cannot expire by column "id" of type integer
HINT: Give it the type timestamptz, timestamp or date.
ERROR 22023: option "ttl" needs option "ttl_column"
HINT: WITH (ttl = '30 days', ttl_column = 'created_at')
ERROR 0A000: foreign keys that refer to rows which expire, of table "expiring", are not supported
HINT: DELETE the rows, with ON DELETE, or refer to another table.
ERROR 0A000: foreign keys that refer to rows which expire, of table "expiring_too", are not supported
HINT: DELETE the rows, with ON DELETE, or refer to another table.
CREATE TABLE
CREATE TABLE
ERROR 0A000: foreign keys that refer to rows which expire, of table "expiring_too", are not supported
HINT: DELETE the rows, with ON DELETE, or refer to another table.
DROP TABLE
SELECT 2
2
CREATE TABLE
2
{"ttl=1 day",ttl_column=at}
DROP TABLE
DROP SNAPSHOT
DROP SNAPSHOT

# In the transaction that makes rows expire they are gone at once, and so are their keys.
BEGIN;
CREATE TABLE expiring_new (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at');
INSERT INTO expiring_new VALUES (1, now() - interval '2 hours');
SELECT id FROM expiring_new;
INSERT INTO expiring_new VALUES (1, now());
COMMIT;
CREATE TABLE expiring_set (id int PRIMARY KEY, at timestamptz);
INSERT INTO expiring_set SELECT g, now() - interval '2 hours' FROM generate_series(1, 3) g;
BEGIN;
ALTER TABLE expiring_set SET (ttl = '1 hour', ttl_column = 'at');
INSERT INTO expiring_set VALUES (1, now());
INSERT INTO expiring_set VALUES (2, now()) ON CONFLICT DO NOTHING;
INSERT INTO expiring_set VALUES (3, now()) ON CONFLICT (id) DO UPDATE SET at = NULL;
INSERT INTO expiring_set VALUES (3, now());
ROLLBACK;
SELECT count(*) FROM expiring_set;
BEGIN;
ALTER TABLE expiring_set SET (ttl = '1 hour', ttl_column = 'at');
INSERT INTO expiring_set VALUES (1, now());
COMMIT;
SELECT id FROM expiring_new UNION ALL SELECT id FROM expiring_set;
DROP TABLE expiring_new, expiring_set;
---
BEGIN
CREATE TABLE
INSERT 0 1
(no rows)
INSERT 0 1
COMMIT
CREATE TABLE
INSERT 0 3
BEGIN
ALTER TABLE
INSERT 0 1
INSERT 0 1
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "expiring_set_pkey"
DETAIL: Key (id)=(3) already exists.
ROLLBACK
3
BEGIN
ALTER TABLE
INSERT 0 1
COMMIT
1, 1
DROP TABLE
