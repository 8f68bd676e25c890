# Domains: what they ask of values in casts, columns and changes, and what they are elsewhere.
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN positive AS text;
CREATE DOMAIN address AS varchar(20) DEFAULT 'a@b' NOT NULL CHECK (VALUE ~ '@') CONSTRAINT short CHECK (length(VALUE) < 18);
CREATE DOMAIN few AS text[] CHECK (array_length(VALUE, 1) < 3);
CREATE DOMAIN wrong AS int CHECK (nosuch > 0);
CREATE DOMAIN wrong AS int CHECK (VALUE);
CREATE DOMAIN wrong AS nosuch;
CREATE DOMAIN wrong AS int CONSTRAINT c CHECK (VALUE > 0) CONSTRAINT c CHECK (VALUE < 9);
SELECT 5::positive, '7'::positive, NULL::positive, CAST('x@y' AS address), '{a,b}'::few;
SELECT 0::positive;
SELECT 'x'::positive;
SELECT 'nothing'::address;
SELECT NULL::address;
SELECT '{a,b,c}'::few;
SELECT '{1,2}'::positive[];
SELECT ARRAY[1, -2]::positive[];
CREATE TABLE domained (id int PRIMARY KEY, p positive, a address, f few, ps positive[]);
INSERT INTO domained (id, p) VALUES (1, 5), (2, NULL);
INSERT INTO domained (id, p) VALUES (3, 0);
INSERT INTO domained (id, a) VALUES (3, NULL);
INSERT INTO domained (id, a) VALUES (3, 'nothing');
INSERT INTO domained (id, f) VALUES (3, '{a,b,c}');
INSERT INTO domained (id, ps) VALUES (3, ARRAY[1, -1]);
INSERT INTO domained (id, ps, a) VALUES (3, '{1,NULL}', DEFAULT);
INSERT INTO domained (id, p) SELECT x, x - 5 FROM generate_series(4, 7) x;
INSERT INTO domained (id, p) SELECT x, x - 3 FROM generate_series(4, 6) x;
SELECT * FROM domained ORDER BY id;
UPDATE domained SET p = p - 5;
UPDATE domained SET p = p + 1 WHERE id = 1 RETURNING p, pg_typeof(p), pg_typeof(p + 1);
INSERT INTO domained (id, p) VALUES (1, 8) ON CONFLICT (id) DO UPDATE SET p = -excluded.p;
INSERT INTO domained (id, p) VALUES (1, 8) ON CONFLICT (id) DO UPDATE SET p = excluded.p + 1 RETURNING p;
SELECT id, p * 2, p > 3, p::text, a || '!', (id - 1)::positive FROM domained WHERE id > 1 ORDER BY p, id;
SELECT (id - 4)::positive FROM domained;
SELECT max(p), sum(p), max(id)::positive, pg_typeof(max(p)), (SELECT 3)::positive FROM domained;
SELECT p, count(*) FROM domained GROUP BY p ORDER BY p;
SELECT pg_typeof(p), pg_typeof(ps), pg_typeof(coalesce(p, 1)), pg_typeof(coalesce(p, p)) FROM domained WHERE id = 1;
ALTER DOMAIN positive SET DEFAULT 42;
INSERT INTO domained (id) VALUES (51) RETURNING p, a;
ALTER DOMAIN positive DROP DEFAULT;
INSERT INTO domained (id) VALUES (52) RETURNING p;
ALTER DOMAIN address ADD CONSTRAINT ends CHECK (VALUE LIKE '%x');
ALTER DOMAIN address ADD CONSTRAINT ends CHECK (VALUE LIKE '%b') NOT VALID;
INSERT INTO domained (id, a) VALUES (53, 'a@x');
ALTER DOMAIN address VALIDATE CONSTRAINT ends;
ALTER DOMAIN address RENAME CONSTRAINT ends TO finishes;
ALTER DOMAIN address DROP CONSTRAINT ends;
ALTER DOMAIN address DROP CONSTRAINT IF EXISTS ends;
ALTER DOMAIN address DROP CONSTRAINT finishes;
ALTER DOMAIN address DROP NOT NULL;
UPDATE domained SET a = NULL WHERE id = 52;
ALTER DOMAIN address SET NOT NULL;
ALTER DOMAIN nosuch SET NOT NULL;
ALTER DOMAIN domained SET NOT NULL;
ALTER DOMAIN address RENAME TO mail;
SELECT pg_typeof(a) FROM domained LIMIT 1;
ALTER TABLE domained ADD COLUMN q positive DEFAULT 0;
ALTER TABLE domained ADD COLUMN q positive DEFAULT 3;
ALTER TABLE domained ADD COLUMN z int DEFAULT -1;
ALTER TABLE domained ALTER COLUMN z TYPE positive;
ALTER TABLE domained ALTER COLUMN z TYPE positive USING 4;
INSERT INTO domained (id, z) VALUES (60, -1);
CREATE TABLE domained_too AS SELECT p, a, p + 1 AS n FROM domained WHERE id = 1;
INSERT INTO domained_too (p) VALUES (-1);
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'domained_too'::regclass AND attnum > 0 ORDER BY attnum;
SELECT typname, typtype, typcategory, typnotnull, typbasetype::regtype, typtypmod FROM pg_type WHERE typname IN ('positive', 'mail', 'few') ORDER BY 1;
SELECT domain_name, data_type, character_maximum_length, udt_name FROM information_schema.domains WHERE domain_name IN ('few', 'mail', 'positive') ORDER BY 1;
SELECT constraint_name, domain_name FROM information_schema.domain_constraints WHERE domain_name IN ('few', 'positive') ORDER BY 1;
SELECT column_name, data_type, domain_name, udt_name FROM information_schema.columns WHERE table_name = 'domained' ORDER BY ordinal_position;
SELECT to_regtype('positive'), 'positive[]'::regtype;
DROP DOMAIN positive;
DROP DOMAIN IF EXISTS nosuch;
DROP DOMAIN domained;
DROP DOMAIN mail, few CASCADE;
SELECT * FROM domained WHERE id = 1;
---
CREATE DOMAIN
ERROR 42710: type "positive" already exists
CREATE DOMAIN
CREATE DOMAIN
ERROR 42703: column "nosuch" does not exist
ERROR 42804: argument of CHECK must be type boolean, not type integer
ERROR 42704: type "nosuch" does not exist at 24
ERROR 42710: constraint "c" for domain "wrong" already exists
5 | 7 | NULL | x@y | {a,b}
ERROR 23514: value for domain positive violates check constraint "positive_check"
ERROR 22P02: invalid input syntax for type integer: "x" at 8
ERROR 23514: value for domain address violates check constraint "address_check"
ERROR 23502: domain address does not allow null values
ERROR 23514: value for domain few violates check constraint "few_check"
{1,2}
ERROR 23514: value for domain positive violates check constraint "positive_check"
CREATE TABLE
INSERT 0 2
ERROR 23514: value for domain positive violates check constraint "positive_check"
ERROR 23502: domain address does not allow null values
ERROR 23514: value for domain address violates check constraint "address_check"
ERROR 23514: value for domain few violates check constraint "few_check"
ERROR 23514: value for domain positive violates check constraint "positive_check"
INSERT 0 1
ERROR 23514: value for domain positive violates check constraint "positive_check"
INSERT 0 3
1 | 5 | a@b | NULL | NULL
2 | NULL | a@b | NULL | NULL
3 | NULL | a@b | NULL | {1,NULL}
4 | 1 | a@b | NULL | NULL
5 | 2 | a@b | NULL | NULL
6 | 3 | a@b | NULL | NULL
ERROR 23514: value for domain positive violates check constraint "positive_check"
6 | positive | integer
UPDATE 1
ERROR 23514: value for domain positive violates check constraint "positive_check"
9
INSERT 0 1
4 | 2 | f | 1 | a@b! | 3
5 | 4 | f | 2 | a@b! | 4
6 | 6 | f | 3 | a@b! | 5
2 | NULL | NULL | NULL | a@b! | 1
3 | NULL | NULL | NULL | a@b! | 2
ERROR 23514: value for domain positive violates check constraint "positive_check"
9 | 15 | 6 | integer | 3
1 | 1
2 | 1
3 | 1
9 | 1
NULL | 2
positive | positive[] | integer | positive
ALTER DOMAIN
42 | a@b
INSERT 0 1
ALTER DOMAIN
NULL
INSERT 0 1
ERROR 23514: column "a" of table "domained" contains values that violate the new constraint
ALTER DOMAIN
ERROR 23514: value for domain address violates check constraint "ends"
ALTER DOMAIN
ALTER DOMAIN
ERROR 42704: constraint "ends" of domain "address" does not exist
ALTER DOMAIN
ALTER DOMAIN
ALTER DOMAIN
UPDATE 1
ERROR 23502: column "a" of table "domained" contains null values
ERROR 42704: type "nosuch" does not exist
ERROR 42809: domained is a table's row type
HINT: Use ALTER TABLE instead.
ALTER DOMAIN
mail
ERROR 23514: value for domain positive violates check constraint "positive_check"
ALTER TABLE
ALTER TABLE
ERROR 23514: value for domain positive violates check constraint "positive_check"
ALTER TABLE
ERROR 23514: value for domain positive violates check constraint "positive_check"
SELECT 1
ERROR 23514: value for domain positive violates check constraint "positive_check"
p | positive
a | mail
n | integer
few | d | A | f | text[] | -1
mail | d | S | f | character varying | 24
positive | d | N | f | integer | -1
few | text[] | NULL | _text
mail | character varying | 20 | varchar
positive | integer | NULL | int4
few_check | few
positive_check | positive
id | integer | NULL | int4
p | integer | positive | int4
a | character varying | mail | varchar
f | ARRAY | few | _text
ps | ARRAY | NULL | _positive
q | integer | positive | int4
z | integer | positive | int4
positive | positive[]
ERROR 2BP01: cannot drop type positive because other objects depend on it
DETAIL: column p of table domained depends on type positive
column ps of table domained depends on type positive
column q of table domained depends on type positive
column z of table domained depends on type positive
column p of table domained_too depends on type positive
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP DOMAIN
ERROR 42809: "domained" is not a domain
DROP DOMAIN
1 | 9 | NULL | 3 | 4
