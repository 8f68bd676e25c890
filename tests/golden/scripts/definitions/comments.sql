# COMMENT ON: what is said of objects, and stays with them.
create table co_t (id int primary key, a text, b int, constraint co_pos check (b > 0), unique (a));
create view co_v as select id, a from co_t;
create materialized view co_m as select id, a from co_t;
create sequence co_s;
create schema co_x;
create type co_e as enum ('p', 'q');
comment on table co_t is 'a table''s comment';
comment on column co_t.id is 'the key';
comment on column public.co_t.b is 'before';
comment on column co_t.b is E'a\nb';
comment on index co_t_a_key is 'an index';
comment on view co_v is 'a view';
comment on column co_v.a is 'of the view';
comment on materialized view co_m is 'materialized';
comment on column co_m.id is 'of the materialized one';
comment on sequence co_s is 'numbers';
comment on schema co_x is 'a schema';
comment on type co_e is 'a type';
comment on constraint co_pos on co_t is 'positive';
comment on constraint co_t_pkey on co_t is 'primary';
comment on constraint co_t_a_key on public.co_t is 'unique';
comment on extension vector is 'vectors';
select obj_description('co_t'::regclass, 'pg_class'), obj_description('co_t'::regclass), col_description('co_t'::regclass, 1), col_description('co_t'::regclass, 2), col_description('co_t'::regclass, 3);
select obj_description('co_t_a_key'::regclass, 'pg_class'), obj_description('co_v'::regclass, 'pg_class'), col_description('co_v'::regclass, 2), obj_description('co_m'::regclass, 'pg_class'), col_description('co_m'::regclass, 1), obj_description('co_s'::regclass, 'pg_class');
select obj_description('co_x'::regnamespace, 'pg_namespace'), obj_description('co_e'::regtype, 'pg_type'), obj_description('co_t'::regclass, 'pg_type');
select conname, obj_description(oid, 'pg_constraint') from pg_constraint where conrelid = 'co_t'::regclass and contype <> 'n' order by 1;
select c.relname, d.objsubid, d.description, d.classoid = 'pg_class'::regclass from pg_description d join pg_class c on c.oid = d.objoid where c.relname like 'co\_%' order by 1, 2;
select obj_description(oid, 'pg_extension') from pg_extension where extname = 'vector';
comment on table co_t is null;
comment on column co_t.id is '';
select obj_description('co_t'::regclass, 'pg_class'), col_description('co_t'::regclass, 1);
comment on table co_t is 'kept';
alter table co_t rename to co_r;
alter table co_r rename column b to bb;
select obj_description('co_r'::regclass, 'pg_class'), col_description('co_r'::regclass, 3);
truncate co_r;
select obj_description('co_r'::regclass, 'pg_class'), col_description('co_r'::regclass, 3), obj_description('co_t_a_key'::regclass, 'pg_class');
select conname, obj_description(oid, 'pg_constraint') from pg_constraint where conrelid = 'co_r'::regclass and contype <> 'n' order by 1;
refresh materialized view co_m;
select obj_description('co_m'::regclass, 'pg_class'), col_description('co_m'::regclass, 1);
begin;
comment on table co_r is 'undone';
rollback;
select obj_description('co_r'::regclass, 'pg_class');
comment on table co_none is 'x';
comment on column co_r.nope is 'x';
comment on column co_none.a is 'x';
comment on column nope is 'x';
comment on column co_s.nope is 'x';
comment on table co_v is 'x';
comment on view co_r is 'x';
comment on index co_r is 'x';
comment on sequence co_r is 'x';
comment on schema co_none is 'x';
comment on type co_none is 'x';
comment on constraint nope on co_r is 'x';
comment on extension nope is 'x';
comment on database nope is 'x';
comment on role nope is 'x';
comment on table co_r is 5;
comment on table co_r 'x';
alter table co_r drop column bb;
drop view co_v;
drop materialized view co_m;
drop sequence co_s;
drop table co_r;
drop schema co_x;
drop type co_e;
select count(*) from pg_description where description in ('a view', 'numbers', 'kept', 'the key', 'of the view', 'positive');
comment on extension vector is null;
CREATE FUNCTION co_f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
COMMENT ON FUNCTION co_f(int) IS 'what it gives';
COMMENT ON FUNCTION co_f IS 'what was given';
SELECT obj_description('co_f(int)'::regprocedure, 'pg_proc');
COMMENT ON FUNCTION co_f(text) IS 'another';
COMMENT ON FUNCTION co_none IS 'none';
DROP FUNCTION co_f(text);
ALTER FUNCTION co_f(text) IMMUTABLE;
DROP FUNCTION co_f;
SELECT count(*) FROM pg_description WHERE description = 'what was given';
---
CREATE TABLE
CREATE VIEW
SELECT 0
CREATE SEQUENCE
CREATE SCHEMA
CREATE TYPE
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
a table's comment | a table's comment | the key | NULL | a
b
an index | a view | of the view | materialized | of the materialized one | numbers
a schema | a type | NULL
co_pos | positive
co_t_a_key | unique
co_t_pkey | primary
co_m | 0 | materialized | t
co_m | 1 | of the materialized one | t
co_s | 0 | numbers | t
co_t | 0 | a table's comment | t
co_t | 1 | the key | t
co_t | 3 | a
b | t
co_t_a_key | 0 | an index | t
co_v | 0 | a view | t
co_v | 2 | of the view | t
vectors
COMMENT
COMMENT
NULL | NULL
COMMENT
ALTER TABLE
ALTER TABLE
kept | a
b
TRUNCATE TABLE
kept | a
b | an index
co_pos | positive
co_t_a_key | unique
co_t_pkey | primary
REFRESH MATERIALIZED VIEW
materialized | of the materialized one
BEGIN
COMMENT
ROLLBACK
kept
ERROR 42P01: relation "co_none" does not exist
ERROR 42703: column "nope" of relation "co_r" does not exist
ERROR 42P01: relation "co_none" does not exist
ERROR 42601: column name must be qualified
ERROR 42703: column "nope" of relation "co_s" does not exist
ERROR 42809: "co_v" is not a table
ERROR 42809: "co_r" is not a view
ERROR 42809: "co_r" is not an index
ERROR 42809: "co_r" is not a sequence
ERROR 3F000: schema "co_none" does not exist
ERROR 42704: type "co_none" does not exist
ERROR 42704: constraint "nope" for table "co_r" does not exist
ERROR 42704: extension "nope" does not exist
COMMENT
ERROR 42704: role "nope" does not exist
ERROR 42601: syntax error at or near "5" at 26
ERROR 42601: syntax error at or near "x" at 23
ALTER TABLE
DROP VIEW
DROP MATERIALIZED VIEW
DROP SEQUENCE
DROP TABLE
DROP SCHEMA
DROP TYPE
0
COMMENT
CREATE FUNCTION
COMMENT
COMMENT
what was given
ERROR 42883: function co_f(text) does not exist
ERROR 42883: could not find a function named "co_none"
ERROR 42883: function co_f(text) does not exist
ERROR 42883: function co_f(text) does not exist
DROP FUNCTION
0
