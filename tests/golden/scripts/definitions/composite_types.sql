# CREATE, ALTER and DROP of composite types, and the types of tables' rows.
CREATE TYPE place AS (street text, zip varchar(5));
CREATE TYPE place AS (a int);
CREATE TYPE wrong AS (a int, a text);
CREATE TYPE wrong AS (a nosuch);
CREATE TYPE wrong AS (a record);
CREATE TYPE nothing AS ();
CREATE TABLE place (a int);
CREATE TABLE folk (id int PRIMARY KEY, name text, home place DEFAULT ROW('main', 1)::place);
INSERT INTO folk (id, name) VALUES (1, 'ann');
INSERT INTO folk VALUES (2, 'bob', ('side', '123456'));
INSERT INTO folk VALUES (2, 'bob', ('side', '12345'));
SELECT folk, (folk).home, (folk).name FROM folk ORDER BY id;
SELECT f.*, (f.home).zip FROM folk f WHERE f IS NOT NULL ORDER BY id;
SELECT NULL::folk, '(3,cid,)'::folk, ROW(4, 'dan', NULL)::folk, (SELECT f FROM folk f WHERE id = 1);
SELECT ((SELECT f FROM folk f WHERE id = 1)).name, (SELECT f FROM folk f WHERE id = 2).home;
SELECT row_to_json(f) FROM folk f ORDER BY id;
SELECT row_to_json(s) FROM (SELECT home, id FROM folk) s ORDER BY id;
CREATE TABLE teams (id int, lead folk, rest folk[]);
INSERT INTO teams SELECT 1, f, ARRAY[f, NULL] FROM folk f WHERE id = 1;
ALTER TYPE place ADD ATTRIBUTE floor int;
ALTER TYPE place RENAME ATTRIBUTE zip TO code;
SELECT home, (home).code, (home).floor FROM folk ORDER BY id;
ALTER TABLE folk RENAME COLUMN name TO title;
ALTER TABLE folk ADD COLUMN age int;
SELECT lead, (lead).title, (lead).age, rest FROM teams;
ALTER TABLE folk ALTER COLUMN age TYPE bigint;
ALTER TYPE place DROP ATTRIBUTE street, DROP ATTRIBUTE IF EXISTS nosuch;
SELECT home FROM folk ORDER BY id;
ALTER TYPE place DROP ATTRIBUTE nosuch;
ALTER TYPE place ADD ATTRIBUTE code int;
ALTER TYPE place ALTER ATTRIBUTE floor TYPE bigint;
ALTER TYPE place ADD ATTRIBUTE inner_place place;
ALTER TYPE nothing RENAME TO spot_of_nothing;
SELECT t.typname, t.typtype, t.typcategory, c.relkind, c.relnatts FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE t.typname IN ('place', 'folk', 'spot_of_nothing') ORDER BY 1;
SELECT attname, attnum, format_type(atttypid, atttypmod), attisdropped FROM pg_attribute WHERE attrelid = 'place'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT 'place[]'::regtype, to_regtype('folk'), pg_typeof(home), pg_typeof(folk) FROM folk WHERE id = 1;
DROP TYPE place;
DROP TABLE folk;
DROP TYPE folk;
DROP TABLE folk CASCADE;
SELECT * FROM teams;
DROP TYPE place, spot_of_nothing;
CREATE TYPE outer_place AS (a int);
CREATE TYPE place AS (o outer_place);
DROP TYPE outer_place;
DROP TYPE outer_place CASCADE;
SELECT '()'::place;
---
CREATE TYPE
ERROR 42710: type "place" already exists
ERROR 42701: column "a" specified more than once
ERROR 42704: type "nosuch" does not exist
ERROR 42P16: column "a" has pseudo-type record
CREATE TYPE
ERROR 42P07: relation "place" already exists
CREATE TABLE
INSERT 0 1
ERROR 22001: value too long for type character varying(5)
INSERT 0 1
(1,ann,"(main,1)") | (main,1) | ann
(2,bob,"(side,12345)") | (side,12345) | bob
1 | ann | (main,1) | 1
2 | bob | (side,12345) | 12345
NULL | (3,cid,) | (4,dan,) | (1,ann,"(main,1)")
ann | (side,12345)
{"id":1,"name":"ann","home":{"street":"main","zip":"1"}}, {"id":2,"name":"bob","home":{"street":"side","zip":"12345"}}
{"home":{"street":"main","zip":"1"},"id":1}, {"home":{"street":"side","zip":"12345"},"id":2}
CREATE TABLE
INSERT 0 1
ALTER TYPE
ALTER TYPE
(main,1,) | 1 | NULL
(side,12345,) | 12345 | NULL
ALTER TABLE
ALTER TABLE
(1,ann,"(main,1,)",) | ann | NULL | {"(1,ann,\"(main,1,)\",)",NULL}
ERROR 0A000: cannot alter table "folk" because column "teams.lead" uses its row type
ALTER TYPE
(1,), (12345,)
ERROR 42703: column "nosuch" of relation "place" does not exist
ERROR 42701: column "code" of relation "place" already exists
ERROR 0A000: cannot alter type "place" because column "folk.home" uses it
ERROR 42P16: composite type place cannot be made a member of itself
ALTER TYPE
folk | c | C | r | 4
place | c | C | c | 3
spot_of_nothing | c | C | c | 0
code | 2 | character varying(5) | f
floor | 3 | integer | f
place[] | folk | place | folk
ERROR 2BP01: cannot drop type place because other objects depend on it
DETAIL: column home of table folk depends on type place
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop table folk because other objects depend on it
DETAIL: column lead of table teams depends on type folk
column rest of table teams depends on type folk
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop type folk because table folk requires it
HINT: You can drop table folk instead.
DROP TABLE
1
DROP TYPE
CREATE TYPE
CREATE TYPE
ERROR 2BP01: cannot drop type outer_place because other objects depend on it
DETAIL: column o of composite type place depends on type outer_place
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TYPE
()
