# What a function may not be is said when it is made, and what it is stands in the catalog.
CREATE FUNCTION fr_one(a int, b text DEFAULT 'x') RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT b || a';
CREATE FUNCTION fr_one(int, text) RETURNS text LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE FUNCTION fr_one(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE FUNCTION fr_one(c int, b text DEFAULT 'x') RETURNS text LANGUAGE sql AS $$ SELECT 'a' $$;
CREATE FUNCTION fr_one(a int) RETURNS text LANGUAGE sql AS $$ SELECT 'one argument' $$;
SELECT fr_one(1), fr_one(1, 'y');
CREATE FUNCTION fr_bad() RETURNS int LANGUAGE sql AS $$ SELECT 'a'::text $$;
CREATE FUNCTION fr_bad() RETURNS int LANGUAGE sql AS 'SELECT 1, 2';
CREATE FUNCTION fr_bad() RETURNS TABLE (a int, b int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fr_bad() RETURNS int AS 'SELECT 1';
CREATE FUNCTION fr_bad() RETURNS int LANGUAGE sql;
CREATE FUNCTION fr_bad() RETURNS int LANGUAGE nonesuch AS 'SELECT 1';
CREATE FUNCTION fr_bad() LANGUAGE sql AS 'SELECT 1';
SELECT fr_one();
SELECT fr_one('x', 'y');
DROP FUNCTION fr_one;
DROP FUNCTION fr_none(int);
DROP FUNCTION fr_none;
SELECT proname, pronargs, pronargdefaults, provolatile, proisstrict, proretset, proargnames, prosrc FROM pg_proc WHERE proname = 'fr_one' ORDER BY pronargs DESC;
SELECT pg_get_function_sqlbody(oid), pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid), pg_get_function_result(oid), replace(pg_get_functiondef(oid), E'\n', '|') FROM pg_proc WHERE proname = 'fr_one' AND pronargs = 2;
ALTER FUNCTION fr_one(int, text) IMMUTABLE STRICT;
SELECT provolatile, proisstrict FROM pg_proc WHERE proname = 'fr_one' AND pronargs = 2;
CREATE SCHEMA fr_other;
ALTER FUNCTION fr_one(int) SET SCHEMA fr_other;
SELECT fr_one(1), fr_other.fr_one(1);
DROP SCHEMA fr_other;
DROP SCHEMA fr_other CASCADE;
DROP FUNCTION fr_one;
---
CREATE FUNCTION
ERROR 42723: function "fr_one" already exists with same argument types
ERROR 42P13: cannot change return type of existing function
HINT: Use DROP FUNCTION fr_one(integer, text) first.
ERROR 42P13: cannot change name of input parameter "a"
HINT: Use DROP FUNCTION fr_one(integer, text) first.
CREATE FUNCTION
one argument | y1
ERROR 42P13: return type mismatch in function declared to return integer
DETAIL: Actual return type is text.
ERROR 42P13: return type mismatch in function declared to return integer
DETAIL: Final statement must return exactly one column.
ERROR 42P13: return type mismatch in function declared to return record
DETAIL: Final statement returns too few columns.
ERROR 42P13: no language specified
ERROR 42P13: no function body specified
ERROR 42704: language "nonesuch" does not exist
ERROR 42P13: function result type must be specified
ERROR 42883: function fr_one() does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 22P02: invalid input syntax for type integer: "x" at 15
ERROR 42725: function name "fr_one" is not unique
HINT: Specify the argument list to select the function unambiguously.
ERROR 42883: function fr_none(integer) does not exist
ERROR 42883: could not find a function named "fr_none"
fr_one | 2 | 1 | s | f | f | {a,b} | SELECT b || a
fr_one | 1 | 0 | v | f | f | {a} |  SELECT 'one argument' 
NULL | a integer, b text DEFAULT 'x'::text | a integer, b text | text | CREATE OR REPLACE FUNCTION public.fr_one(a integer, b text DEFAULT 'x'::text)| RETURNS text| LANGUAGE sql| STABLE PARALLEL SAFE|AS $function$SELECT b || a$function$|
ALTER FUNCTION
i | t
CREATE SCHEMA
ALTER FUNCTION
x1 | one argument
ERROR 2BP01: cannot drop schema fr_other because other objects depend on it
DETAIL: function fr_other.fr_one(integer) depends on schema fr_other
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP SCHEMA
DROP FUNCTION
