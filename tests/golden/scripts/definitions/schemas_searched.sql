# Names without a schema are looked for along the search_path, and shown as it needs.
create schema a;
create schema b;
create schema "Mixed";
create table a.t (id int primary key, n text unique);
create table b.t (id int primary key, m int);
create table t (id int, k text);
insert into a.t values (1,'z');
show search_path;
set search_path = a, b;
select current_schema(), current_schemas(false);
select * from t;
select 'a.t'::regclass, 'b.t'::regclass, 'public.t'::regclass;
select pg_table_is_visible('a.t'::regclass), pg_table_is_visible('b.t'::regclass), pg_table_is_visible('public.t'::regclass);
create table u (id int);
select table_schema from information_schema.tables where table_name='u';
set search_path = nosuch, b;
create table v (id int);
select to_regclass('v'), to_regclass('b.v');
select current_schema;
set search_path = nosuch;
create table w (id int);
select * from t;
select current_schema(), current_schemas(false);
set search_path = '';
show search_path;
select * from t;
set search_path = '"Mixed", a';
show search_path;
set search_path to "Mixed", a;
show search_path;
create table "X" (id int);
select '"X"'::regclass, 'a.t'::regclass;
reset search_path;
select to_regclass('"Mixed"."X"');
drop schema "Mixed";
drop schema "Mixed" restrict;
drop schema nosuch;
drop schema if exists nosuch;
alter schema b rename to c;
select * from c.t order by 1;
select * from b.t;
alter schema b rename to d;
alter schema a rename to c;
alter schema a rename to pg_a;
alter schema a owner to current_user;
create table c.l (like a.t including all);
select * from c.l;
create table c.ctas as select * from a.t;
select * from c.ctas;
truncate c.ctas;
select * from c.ctas;
drop table c.ctas, c.l;
drop table nosuch.t;
drop table if exists nosuch.t;
drop table if exists c.nope;
drop table c.nope;
drop table nope;
select nspname from pg_namespace where nspname in ('a','b','c','public') order by 1;
drop schema a, c;
drop schema c cascade;
drop schema a restrict;
drop table a.t, a.u;
drop schema a restrict;
drop table t;
---
CREATE SCHEMA
CREATE SCHEMA
CREATE SCHEMA
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 1
"$user", public
SET
a | {a,b}
1 | z
t | b.t | public.t
t | f | f
CREATE TABLE
a
SET
CREATE TABLE
v | v
b
SET
ERROR 3F000: no schema has been selected to create in at 14
ERROR 42P01: relation "t" does not exist at 15
NULL | {}
SET
""
ERROR 42P01: relation "t" does not exist at 15
SET
"""Mixed"", a"
SET
"Mixed", a
CREATE TABLE
"X" | t
RESET
"Mixed"."X"
ERROR 2BP01: cannot drop schema Mixed because other objects depend on it
DETAIL: table "Mixed"."X" depends on schema Mixed
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop schema Mixed because other objects depend on it
DETAIL: table "Mixed"."X" depends on schema Mixed
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 3F000: schema "nosuch" does not exist
DROP SCHEMA
ALTER SCHEMA
(no rows)
ERROR 42P01: relation "b.t" does not exist at 15
ERROR 3F000: schema "b" does not exist
ERROR 42P06: schema "c" already exists
ERROR 42939: unacceptable schema name "pg_a"
DETAIL: The prefix "pg_" is reserved for system schemas.
ALTER SCHEMA
CREATE TABLE
(no rows)
SELECT 1
1 | z
TRUNCATE TABLE
(no rows)
DROP TABLE
ERROR 3F000: schema "nosuch" does not exist
DROP TABLE
DROP TABLE
ERROR 42P01: table "nope" does not exist
ERROR 42P01: table "nope" does not exist
a, c, public
ERROR 2BP01: cannot drop desired object(s) because other objects depend on them
DETAIL: table a.t depends on schema a
table a.u depends on schema a
table c.t depends on schema c
table c.v depends on schema c
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP SCHEMA
ERROR 2BP01: cannot drop schema a because other objects depend on it
DETAIL: table a.t depends on schema a
table a.u depends on schema a
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TABLE
DROP SCHEMA
DROP TABLE
