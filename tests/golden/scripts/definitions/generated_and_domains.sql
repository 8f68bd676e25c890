# Foreign keys of generated columns, columns that leave their domain, views that are not changed through.
create table rv_p (id int primary key);
create table rv_k (a int, b int generated always as (a+1) stored references rv_p(id) on delete set null);
create table rv_k (a int, b int generated always as (a+1) stored references rv_p(id) on delete set default);
create table rv_k (a int, b int generated always as (a+1) stored references rv_p(id) on update cascade);
create table rv_k (a int, b int generated always as (a+1) stored references rv_p(id) on delete cascade);
create domain rv_pos as int check (value > 0);
create table rv_t (id int, p rv_pos);
insert into rv_t values (1, 3);
alter table rv_t alter column p type int;
update rv_t set p = -3;
alter table rv_t alter column p type rv_pos;
update rv_t set p = 3;
alter table rv_t alter column p type rv_pos;
update rv_t set p = -3;
create table rv_u (id int);
create view rv_v as select * from rv_t where id in (select id from rv_u);
select table_name, is_updatable from information_schema.views where table_name like 'rv_%';
select table_name, is_insertable_into from information_schema.tables where table_name like 'rv_%' order by 1;
select column_name, is_updatable from information_schema.columns where table_name = 'rv_v' order by 1;
select pg_relation_is_updatable('rv_v'::regclass, false);
create view rv_w as select t.id, (select count(*) from rv_t) n from rv_t t;
update rv_w set id = 7;
select table_name, is_updatable from information_schema.views where table_name = 'rv_w';
drop view rv_w, rv_v;
drop table rv_k, rv_t, rv_u, rv_p;
drop domain rv_pos;
---
CREATE TABLE
ERROR 42601: invalid ON DELETE action for foreign key constraint containing generated column
ERROR 42601: invalid ON DELETE action for foreign key constraint containing generated column
ERROR 42601: invalid ON UPDATE action for foreign key constraint containing generated column
CREATE TABLE
CREATE DOMAIN
CREATE TABLE
INSERT 0 1
ALTER TABLE
UPDATE 1
ERROR 23514: value for domain rv_pos violates check constraint "rv_pos_check"
UPDATE 1
ALTER TABLE
ERROR 23514: value for domain rv_pos violates check constraint "rv_pos_check"
CREATE TABLE
CREATE VIEW
rv_v | YES
rv_k | YES
rv_p | YES
rv_t | YES
rv_u | YES
rv_v | YES
id | YES
p | YES
28
CREATE VIEW
UPDATE 1
rv_w | YES
DROP VIEW
DROP TABLE
DROP DOMAIN
