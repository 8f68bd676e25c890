# A view's query names the functions that it calls behind their schemas where the search path does not lead to them.
CREATE SCHEMA viewdef_calls;
CREATE FUNCTION viewdef_calls.twice(a int) RETURNS int LANGUAGE sql RETURN a * 2;
SET search_path = viewdef_calls, public;
CREATE VIEW shown AS SELECT twice(n) AS t, abs(n) AS a FROM generate_series(1, 2) n WHERE twice(n) > 2;
SELECT pg_get_viewdef('viewdef_calls.shown'::regclass) LIKE '%viewdef_calls.twice%';
SET search_path = public;
SELECT pg_get_viewdef('viewdef_calls.shown'::regclass) LIKE '%viewdef_calls.twice(%viewdef_calls.twice(%';
RESET search_path;
DROP SCHEMA viewdef_calls CASCADE;
---
CREATE SCHEMA
CREATE FUNCTION
SET
CREATE VIEW
f
SET
t
RESET
DROP SCHEMA
