# Enumerations: labels in their order, in columns, keys, arrays and indexes.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE mood AS ENUM ('a');
CREATE TABLE e (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok', n mood, a mood[]);
INSERT INTO e VALUES (1, 'happy', 'sad', '{ok,sad}'), (2, DEFAULT, NULL, '{}'), (3, 'sad', 'happy', NULL);
INSERT INTO e VALUES (4, 'angry');
SELECT * FROM e ORDER BY m;
SELECT id FROM e WHERE m > 'sad' AND m <> 'happy';
SELECT id FROM e WHERE m < n;
SELECT id FROM e WHERE 'sad' = ANY(a);
SELECT id FROM e WHERE m = ANY(ARRAY['sad', 'ok']::mood[]) ORDER BY id;
SELECT max(m), min(m), count(DISTINCT m), array_agg(m ORDER BY m) FROM e;
SELECT m, count(*) FROM e GROUP BY m ORDER BY m DESC;
SELECT m::text, pg_typeof(m), pg_typeof(a), greatest(m, n), row(m, n) FROM e WHERE id = 1;
SELECT enum_range(NULL::mood), enum_first(NULL::mood), enum_last('ok'::mood), enum_range('ok'::mood, NULL);
SELECT m = 'sad'::text FROM e;
---
CREATE TYPE
ERROR 42710: type "mood" already exists
CREATE TABLE
INSERT 0 3
ERROR 22P02: invalid input value for enum mood: "angry" at 26
3 | sad | happy | NULL
2 | ok | NULL | {}
1 | happy | sad | {ok,sad}
2
3
1
2, 3
happy | sad | 3 | {sad,ok,happy}
happy | 1
ok | 1
sad | 1
happy | mood | mood[] | happy | (happy,sad)
{sad,ok,happy} | sad | happy | {ok,happy}
ERROR 42883: operator does not exist: mood = text at 10
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.

# More labels, and other names; what rows hold stays what it is.
ALTER TYPE mood ADD VALUE 'great';
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'meh';
ALTER TYPE mood ADD VALUE 'meh';
ALTER TYPE mood ADD VALUE 'x' AFTER 'nope';
INSERT INTO e VALUES (5, 'great', 'meh', '{meh,great}');
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
ALTER TYPE mood RENAME VALUE 'ok' TO 'blue';
SELECT * FROM e ORDER BY m;
SELECT id FROM e WHERE n < 'ok' ORDER BY id;
CREATE INDEX ON e (m);
SELECT id FROM e WHERE m >= 'ok' ORDER BY m;
UPDATE e SET m = 'meh', n = m WHERE id = 1 RETURNING *;
SELECT 'mood'::regtype, format_type('mood'::regtype, NULL), to_regtype('mood[]');
SELECT typname, typtype, typcategory FROM pg_type WHERE typname IN ('mood', '_mood') ORDER BY 1;
SELECT enumlabel FROM pg_enum WHERE enumtypid = 'mood'::regtype ORDER BY enumsortorder;
SELECT column_name, data_type, udt_name FROM information_schema.columns WHERE table_name = 'e' ORDER BY 1;
---
ALTER TYPE
ALTER TYPE
ALTER TYPE
ERROR 42710: enum label "meh" already exists
ERROR 22023: "nope" is not an existing enum label
INSERT 0 1
ALTER TYPE
ERROR 22023: "sad" is not an existing enum label
ERROR 42710: enum label "blue" already exists
3 | blue | happy | NULL
2 | ok | NULL | {}
1 | happy | blue | {ok,blue}
5 | great | meh | {meh,great}
1, 5
CREATE INDEX
2, 1, 5
1 | meh | happy | {ok,blue}
UPDATE 1
mood | mood | mood[]
_mood | b | A
mood | e | E
blue, meh, ok, happy, great
a | ARRAY | _mood
id | integer | int4
m | USER-DEFINED | mood
n | USER-DEFINED | mood

# What goes, and what is in the way.
DROP TYPE mood;
DROP TYPE nope;
DROP TYPE IF EXISTS nope, more.nope;
DROP DOMAIN IF EXISTS nope;
DROP TYPE integer;
ALTER TYPE mood RENAME TO feeling;
SELECT 'ok'::feeling, 'ok'::mood;
BEGIN;
CREATE TYPE t AS ENUM ('x');
CREATE TABLE u (a t, b "t"[]);
INSERT INTO u VALUES ('x', '{x}');
SELECT * FROM u;
ROLLBACK;
SELECT 'x'::t;
CREATE TYPE "Mixed" AS ENUM ('A');
SELECT 'A'::"Mixed", 'A'::public."Mixed", pg_typeof('A'::"Mixed");
DROP TYPE feeling CASCADE;
SELECT * FROM e ORDER BY id;
---
ERROR 2BP01: cannot drop type mood because other objects depend on it
DETAIL: column m of table e depends on type mood
column n of table e depends on type mood
column a of table e depends on type mood
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 42704: type "nope" does not exist
DROP TYPE
DROP DOMAIN
ERROR 2BP01: cannot drop type integer because it is required by the database system
ALTER TYPE
ERROR 42704: type "mood" does not exist at 29
BEGIN
CREATE TYPE
CREATE TABLE
INSERT 0 1
x | {x}
ROLLBACK
ERROR 42704: type "t" does not exist at 13
CREATE TYPE
A | A | "Mixed"
DROP TYPE
1, 2, 3, 5
