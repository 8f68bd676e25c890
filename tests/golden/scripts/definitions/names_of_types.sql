CREATE TYPE "NamedMood" AS ENUM ('a');
---
CREATE TYPE

CREATE TYPE named_mood AS ENUM ('b');
---
CREATE TYPE

SELECT to_regtype('Named_MOOD'), to_regtype('NamedMood'), to_regtype('"NamedMood"'), to_regtype('"NamedMood"[]'), to_regtype('public.NAMED_mood[]'), 'Named_Mood'::regtype;
---
named_mood | NULL | "NamedMood" | "NamedMood"[] | named_mood[] | named_mood

SELECT '[1,2,3]'::vector(3, 2);
---
ERROR 22023: invalid type modifier at 19

SELECT '[1,2,3]'::vector(0);
---
ERROR 22023: dimensions for type vector must be at least 1 at 19

SELECT id::varchar(0) FROM (VALUES (1)) t(id);
---
ERROR 22023: length for type varchar must be at least 1 at 12

CREATE TABLE named_widths (v vector(0));
---
ERROR 22023: dimensions for type vector must be at least 1 at 30

DROP TYPE named_mood, "NamedMood";
---
DROP TYPE

SELECT '{1,2}'::_int4, '{a}'::pg_catalog."_text", pg_typeof(NULL::_float8), '{"[1,2]"}'::_vector;
---
{1,2} | {a} | double precision[] | {"[1,2]"}

SELECT '{1}'::_integer;
---
ERROR 42704: type "_integer" does not exist at 15

CREATE TABLE named_arrays (a _int4, b "pg_catalog"."_text");
---
CREATE TABLE

DROP TABLE named_arrays;
---
DROP TABLE
