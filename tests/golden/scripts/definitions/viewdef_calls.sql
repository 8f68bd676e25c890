# A view's query names the functions that it calls behind their schemas where the search path does not lead to them.
CREATE SCHEMA viewdef_calls;
CREATE FUNCTION viewdef_calls.twice(a int) RETURNS int LANGUAGE sql RETURN a * 2;
SELECT set_config('search_path', 'viewdef_calls, public', false);
CREATE VIEW shown AS SELECT twice(n) AS t, abs(n) AS a FROM generate_series(1, 2) n WHERE twice(n) > 2;
SELECT pg_get_viewdef('viewdef_calls.shown'::regclass) LIKE '%viewdef_calls.twice%';
SELECT set_config('search_path', 'public', false);
SELECT pg_get_viewdef('viewdef_calls.shown'::regclass) LIKE '%viewdef_calls.twice(%viewdef_calls.twice(%';
RESET search_path;
DROP SCHEMA viewdef_calls CASCADE;
---
CREATE SCHEMA
CREATE FUNCTION
viewdef_calls, public
CREATE VIEW
f
public
t
RESET
DROP SCHEMA
