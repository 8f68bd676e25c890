# Words of the grammar that PostgreSQL does not reserve are names of tables and columns, where nothing else may stand.
create table values (id int, values int);
insert into values values (1, 2);
insert into values (id, values) values (3, 4);
select * from values;
select values.id, v.values from values join values v using (id);
update values set id = 5 where values.id = 1;
delete from values where id = 3;
alter table values add column x int;
create index on values (id);
select (select count(*) from values);
truncate values;
select 1 from (values (1)) values;
select * from (values (1), (2)) v(values) order by values;
drop table values;
create table exists (a int);
create table coalesce (a int);
create table between (a int);
create table time (a int);
create table interval (a int);
drop table if exists exists, coalesce, between, time, interval;
create table values (between int, values int, exists int, escape int);
insert into values (between, values) values (1, 2);
select between from values order by between;
select a.values from values a, values b;
select values from values where values in (values (2));
select 'a' like 'b' escape 'c';
values (1);
drop table values;
---
CREATE TABLE
INSERT 0 1
INSERT 0 1
1 | 2
3 | 4
1 | 2
3 | 4
UPDATE 1
DELETE 1
ALTER TABLE
CREATE INDEX
1
TRUNCATE TABLE
1
1, 2
DROP TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
DROP TABLE
CREATE TABLE
INSERT 0 1
1
2
2
f
1
DROP TABLE
