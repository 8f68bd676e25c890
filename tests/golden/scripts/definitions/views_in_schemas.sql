# Views in schemas, found along the search_path, renamed and moved.
create table t (id int primary key, aa text);
insert into t values (1,'x'),(2,'y');
create schema s;
create view s.v as select id, aa from t;
select s.v.id from s.v order by 1;
set search_path = s, public;
select * from v order by id;
create view w as select * from v;
reset search_path;
select * from s.w order by id;
alter view s.w rename to w2;
select * from s.w2 order by id;
alter view s.w2 set schema public;
select * from w2 order by id;
alter view nope rename to x;
alter view if exists nope rename to x;
alter view t rename to x;
alter table w2 rename to w3;
alter table w3 set schema s;
select table_schema, table_name, table_type from information_schema.tables where table_schema in ('s','public') order by 1,2;
select schemaname, viewname from pg_views where schemaname='s' order by 2;
drop schema s;
drop schema s cascade;
select * from w3;
drop table t;
---
CREATE TABLE
INSERT 0 2
CREATE SCHEMA
CREATE VIEW
1, 2
SET
1 | x
2 | y
CREATE VIEW
RESET
1 | x
2 | y
ALTER VIEW
1 | x
2 | y
ALTER VIEW
1 | x
2 | y
ERROR 42P01: relation "nope" does not exist
ALTER VIEW
ERROR 42809: "t" is not a view
ALTER TABLE
ALTER TABLE
public | t | BASE TABLE
s | v | VIEW
s | w3 | VIEW
s | v
s | w3
ERROR 2BP01: cannot drop schema s because other objects depend on it
DETAIL: view s.v depends on schema s
view s.w3 depends on schema s
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP SCHEMA
ERROR 42P01: relation "w3" does not exist at 15
DROP TABLE
