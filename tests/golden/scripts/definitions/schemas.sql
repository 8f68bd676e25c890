# Tables of one name in several schemas; names that are qualified mean one of them everywhere.
create schema a;
create schema a;
create schema if not exists a;
create schema b;
create schema pg_x;
create schema "Mixed";
create table a.t (id int primary key, n text unique);
create table b.t (id int primary key, m int);
create table t (id int, k text);
create table nosuch.t (id int);
insert into a.t values (1,'a1'),(2,'a2');
insert into b.t values (1,10),(3,30);
insert into t values (1,'p');
insert into nosuch.t values (1);
select * from a.t order by id;
select * from nosuch.t;
select * from a.nope;
select a.t.n from a.t order by 1;
select a.t.n, b.t.m from a.t join b.t on a.t.id = b.t.id;
select t.id from a.t, b.t;
select n, m from a.t, b.t order by 1,2;
select a.t.* from a.t, b.t order by 1;
select b.t.n from a.t;
select public.t.n from a.t;
select * from a.t t1, a.t t2 order by 1,3;
select * from a.t, a.t;
update a.t set n='z' where a.t.id=1 returning a.t.n;
update b.t set m = m+1 where t.id=1 returning *;
delete from a.t where id=2 returning t.n;
select * from a.t;
alter table a.t add column x int default 5;
alter table a.t rename to tt;
select * from a.tt;
alter table a.tt rename to t;
alter table a.t set schema b;
alter table a.t set schema nosuch;
create index i1 on a.t(n);
create index i1 on b.t(m);
create index i1 on b.t(m);
create index if not exists i1 on b.t(m);
drop index i1;
drop index a.i1;
drop index if exists nosuch.i1;
drop index if exists a.i1;
drop index nosuch.i1;
select schemaname, tablename, indexname from pg_indexes where schemaname in ('a','b') order by 1,2,3;
select table_schema, table_name, table_type from information_schema.tables where table_schema in ('a','b','public') order by 1,2;
select table_schema, table_name, column_name from information_schema.columns where table_schema in ('a','b') order by 1,2,3;
select nspname from pg_namespace where nspname in ('a','b','Mixed','public') order by 1;
select 'a.t'::regclass, 't'::regclass, to_regclass('b.t');
select to_regclass('a.t'), to_regclass('a.nope'), to_regclass('nosuch.t'), to_regclass('b.i1');
select to_regclass('nosuch.t');
select 'a'::regnamespace;
drop table t;
drop schema a cascade;
drop schema b cascade;
drop schema "Mixed";
---
CREATE SCHEMA
ERROR 42P06: schema "a" already exists
CREATE SCHEMA
CREATE SCHEMA
ERROR 42939: unacceptable schema name "pg_x"
DETAIL: The prefix "pg_" is reserved for system schemas.
CREATE SCHEMA
CREATE TABLE
CREATE TABLE
CREATE TABLE
ERROR 3F000: schema "nosuch" does not exist at 14
INSERT 0 2
INSERT 0 2
INSERT 0 1
ERROR 42P01: relation "nosuch.t" does not exist at 13
1 | a1
2 | a2
ERROR 42P01: relation "nosuch.t" does not exist at 15
ERROR 42P01: relation "a.nope" does not exist at 15
a1, a2
a1 | 10
ERROR 42P09: table reference "t" is ambiguous at 8
a1 | 10
a1 | 30
a2 | 10
a2 | 30
1 | a1
1 | a1
2 | a2
2 | a2
ERROR 42P01: invalid reference to FROM-clause entry for table "t" at 8
ERROR 42P01: invalid reference to FROM-clause entry for table "t" at 8
1 | a1 | 1 | a1
1 | a1 | 2 | a2
2 | a2 | 1 | a1
2 | a2 | 2 | a2
ERROR 42712: table name "t" specified more than once
z
UPDATE 1
1 | 11
UPDATE 1
a2
DELETE 1
1 | z
ALTER TABLE
ALTER TABLE
1 | z | 5
ALTER TABLE
ERROR 42P07: relation "t" already exists in schema "b"
ERROR 3F000: schema "nosuch" does not exist
CREATE INDEX
CREATE INDEX
ERROR 42P07: relation "i1" already exists
CREATE INDEX
ERROR 42704: index "i1" does not exist
DROP INDEX
DROP INDEX
DROP INDEX
ERROR 3F000: schema "nosuch" does not exist
a | t | t_n_key
a | t | t_pkey
b | t | i1
b | t | t_pkey
a | t | BASE TABLE
b | t | BASE TABLE
public | t | BASE TABLE
a | t | id
a | t | n
a | t | x
b | t | id
b | t | m
Mixed, a, b, public
a.t | t | b.t
a.t | NULL | NULL | b.i1
NULL
a
DROP TABLE
DROP SCHEMA
DROP SCHEMA
DROP SCHEMA
