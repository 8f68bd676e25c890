# The catalog's lists of numbers count from 0, and their text is the numbers alone.
CREATE TABLE iv (a int PRIMARY KEY, b int, c int);
CREATE INDEX ON iv (c, a);
SELECT indkey, indkey[0], indkey[1], indkey[2], array_lower(indkey, 1), indkey[0:0], 3 = ANY (indkey) FROM pg_index WHERE indrelid = 'iv'::regclass ORDER BY 2;
SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = 'iv'::regclass ORDER BY 1;
SELECT '23 25'::oidvector::regtype[], '1 2'::int2vector::text[], coalesce(NULL::regtype[], '23 25'::oidvector::regtype[])::text[];
SELECT '16 23'::oidvector, ('16 23'::oidvector)[0], ('1 2'::int2vector)[1], ''::oidvector, NULL::oidvector;
CREATE FUNCTION iv_f(a int, b text) RETURNS int RETURN a;
SELECT proargtypes, proargtypes[0], 25 = ANY (proargtypes), array_upper(proargtypes, 1), pg_get_function_sqlbody(oid) FROM pg_proc WHERE proname = 'iv_f';
DROP FUNCTION iv_f;
DROP TABLE iv;
---
CREATE TABLE
CREATE INDEX
1 | 1 | NULL | NULL | 0 | {1} | f
3 1 | 3 | 1 | NULL | 0 | {3} | t
a, c
[0:1]={integer,text} | [0:1]={1,2} | [0:1]={integer,text}
16 23 | 16 | 2 |  | NULL
CREATE FUNCTION
23 25 | 23 | t | 1 | RETURN a
DROP FUNCTION
DROP TABLE
