-- pg_proc lists the functions and aggregates there are, as clients that complete or describe calls ask for them.
SELECT oid::regprocedure, pg_get_function_arguments(oid), pg_get_function_result(oid), prokind, provolatile, proisstrict, proretset FROM pg_proc WHERE proname IN ('lower', 'row_number', 'json_each', 'percentile_disc') AND pronamespace = 'pg_catalog'::regnamespace ORDER BY oid::regprocedure::text COLLATE "C";
SELECT pg_get_function_identity_arguments('json_each(json)'::regprocedure), pg_get_function_arguments('make_interval'::regproc::oid);
SELECT 'lower(text)'::regprocedure, 'pg_catalog.lower(text)'::regprocedure::regproc, to_regprocedure('nope(text)'), to_regproc('lower'), to_regprocedure('lower(nope)');
SELECT ('lower' || '')::regproc;
SELECT ('nope' || '')::regproc;
SELECT ('nope(int)' || '')::regprocedure;
SELECT ('lower' || '')::regprocedure;
SELECT proargtypes, proargtypes[0], 25 = ANY (proargtypes), array_length(proargtypes, 1) FROM pg_proc WHERE oid = 'strpos(text,text)'::regprocedure;
SELECT rtrim(pg_get_functiondef('lower(text)'::regprocedure), E'\n');
SELECT pg_get_functiondef('sum(integer)'::regprocedure);
SELECT pg_get_expr(proargdefaults, 0), pg_get_function_arguments(oid) FROM pg_proc WHERE proname IN ('jsonb_path_exists', 'make_interval', 'jsonb_set_lax') ORDER BY proname;
CREATE FUNCTION fl_two(a int DEFAULT 1, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT a';
SELECT pg_get_expr(proargdefaults, 0) FROM pg_proc WHERE proname = 'fl_two';
DROP FUNCTION fl_two;
SELECT aggfnoid, aggkind, aggnumdirectargs FROM pg_aggregate WHERE aggfnoid = 'max(text)'::regprocedure;
SELECT p.oid::regprocedure::text LIKE '%l2_distance(vector,vector)', l.lanname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE proname = 'l2_distance' AND proargtypes[0] = 'vector'::regtype;
SELECT count(*) > 10 FROM pg_depend WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_extension'::regclass AND deptype = 'e';
SELECT pg_describe_object('pg_proc'::regclass, 'lower(text)'::regprocedure, 0), pg_describe_object('pg_type'::regclass, 'int4'::regtype, 0), pg_describe_object('pg_operator'::regclass, '+(int4,int4)'::regoperator, 0), pg_describe_object('pg_am'::regclass, 403, 0), pg_describe_object('pg_class'::regclass, 1, 0);
---
json_each(json) | from_json json, OUT key text, OUT value json | SETOF record | f | i | t | t
lower(anymultirange) | anymultirange | anyelement | f | i | t | f
lower(anyrange) | anyrange | anyelement | f | i | t | f
lower(text) | text | text | f | i | t | f
percentile_disc(double precision,anyelement) | double precision ORDER BY anyelement | anyelement | a | i | f | f
percentile_disc(double precision[],anyelement) | double precision[] ORDER BY anyelement | anyarray | a | i | f | f
row_number() |  | bigint | w | i | f | f
from_json json, OUT key text, OUT value json | years integer DEFAULT 0, months integer DEFAULT 0, weeks integer DEFAULT 0, days integer DEFAULT 0, hours integer DEFAULT 0, mins integer DEFAULT 0, secs double precision DEFAULT 0.0
lower(text) | pg_catalog.lower | NULL | NULL | NULL
ERROR 42725: more than one function named "lower"
ERROR 42883: function "nope" does not exist
ERROR 42883: function "nope(int)" does not exist
ERROR 22P02: expected a left parenthesis
25 25 | 25 | t | 2
CREATE OR REPLACE FUNCTION pg_catalog.lower(text)
 RETURNS text
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$lower$function$
ERROR 42809: "sum" is an aggregate function
'{}'::jsonb, false | target jsonb, path jsonpath, vars jsonb DEFAULT '{}'::jsonb, silent boolean DEFAULT false
true, 'use_json_null'::text | jsonb_in jsonb, path text[], replacement jsonb, create_if_missing boolean DEFAULT true, null_value_treatment text DEFAULT 'use_json_null'::text
0, 0, 0, 0, 0, 0, 0.0 | years integer DEFAULT 0, months integer DEFAULT 0, weeks integer DEFAULT 0, days integer DEFAULT 0, hours integer DEFAULT 0, mins integer DEFAULT 0, secs double precision DEFAULT 0.0
CREATE FUNCTION
1, 'x'::text
DROP FUNCTION
pg_catalog.max | n | 0
t | c
t
function lower(text) | type integer | operator +(integer,integer) | access method btree | NULL
