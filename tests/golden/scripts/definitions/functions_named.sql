# Functions that somebody made and those that are built in are named, seen and listed by the same rules.
create schema named_regs;
create function named_regs.twice(a int) returns int language sql immutable as 'select 2 * a';
create function named_regs.twice(a text) returns text language sql as 'select a || a';
create function named_regs.once(a int, b int default 3) returns int language sql return a + b;
select 'named_regs.twice'::regproc;
select 'named_regs.twice(int)'::regprocedure, to_regprocedure('named_regs.twice(text)'), to_regprocedure('named_regs.twice(float)'), to_regproc('named_regs.twice');
select 'once(int,int)'::regprocedure;
set search_path = named_regs, public;
select 'once(int,int)'::regprocedure, 'named_regs.once'::regproc, 'twice(int)'::regprocedure;
select p.oid::regprocedure, proname, pronargs, pg_function_is_visible(p.oid) from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'named_regs' order by p.oid::regprocedure::text;
select proname, pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid), pg_get_function_result(oid) from pg_proc where proname in ('once', 'twice') and pronamespace = 'named_regs'::regnamespace order by 1, 2;
select has_function_privilege('once(int,int)', 'execute'), has_function_privilege('upper(text)', 'execute');
select has_function_privilege('once', 'execute');
select has_function_privilege('nothing(int)', 'execute');
create function named_regs.upper(a text) returns text language sql as 'select a';
select 'upper(text)'::regprocedure, 'pg_catalog.upper(text)'::regprocedure;
set search_path = named_regs, pg_catalog, public;
select 'upper(text)'::regprocedure, 'pg_catalog.upper(text)'::regprocedure;
select pg_function_is_visible('pg_catalog.upper(text)'::regprocedure), pg_function_is_visible('named_regs.upper(text)'::regprocedure);
reset search_path;
select 'upper(text)'::regprocedure, 'named_regs.upper(text)'::regprocedure;
select pg_describe_object('pg_proc'::regclass, 'named_regs.once(int,int)'::regprocedure, 0);
drop schema named_regs cascade;
---
CREATE SCHEMA
CREATE FUNCTION
CREATE FUNCTION
CREATE FUNCTION
ERROR 42725: more than one function named "named_regs.twice" at 8
named_regs.twice(integer) | named_regs.twice(text) | NULL | NULL
ERROR 42883: function "once(int,int)" does not exist at 8
SET
once(integer,integer) | once | twice(integer)
once(integer,integer) | once | 2 | t
twice(integer) | twice | 1 | t
twice(text) | twice | 1 | t
once | a integer, b integer DEFAULT 3 | a integer, b integer | integer
twice | a integer | a integer | integer
twice | a text | a text | text
t | t
ERROR 22P02: expected a left parenthesis
ERROR 42883: function "nothing(int)" does not exist
CREATE FUNCTION
upper(text) | upper(text)
SET
upper(text) | pg_catalog.upper(text)
f | t
RESET
upper(text) | named_regs.upper(text)
function named_regs.once(integer,integer)
DROP SCHEMA
