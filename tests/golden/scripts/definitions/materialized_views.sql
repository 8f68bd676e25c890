# Materialized views hold the rows that their query had; REFRESH runs it again.
create table mv_t (id int primary key, a text, n int);
insert into mv_t values (1, 'x', 10), (2, 'y', 20), (3, 'x', 30);
create materialized view mv_m as select a, sum(n) as total, count(*) from mv_t group by a;
select * from mv_m order by a;
insert into mv_t values (4, 'z', 5);
select * from mv_m order by a;
refresh materialized view mv_m;
select * from mv_m order by a;
create materialized view mv_m as select 1;
create materialized view if not exists mv_m as select 1;
create materialized view mv_n (k, v) as select id, a from mv_t with no data;
select * from mv_n;
select count(*) from mv_n, mv_t;
select matviewname, hasindexes, ispopulated from pg_matviews where matviewname like 'mv\_%' order by 1;
refresh materialized view concurrently mv_n;
create unique index mv_key on mv_n (k);
refresh materialized view concurrently mv_n;
refresh materialized view mv_n;
refresh materialized view concurrently mv_n;
select * from mv_n order by k;
insert into mv_t values (9, 'w', 1);
delete from mv_t where id = 1;
refresh materialized view concurrently mv_n with data;
select * from mv_n where k > 2 order by k;
refresh materialized view concurrently mv_n with no data;
refresh materialized view mv_n with no data;
select * from mv_n;
refresh materialized view mv_n;
insert into mv_n values (1, 'a');
update mv_n set v = 'x';
delete from mv_n;
truncate mv_n;
drop table mv_n;
drop view mv_n;
drop materialized view mv_t;
refresh materialized view mv_t;
refresh materialized view mv_none;
alter table mv_n add column x int;
create view mv_v as select * from mv_n where k < 4;
select * from mv_v order by k;
refresh materialized view mv_n;
select * from mv_v order by k;
drop materialized view mv_n;
drop table mv_t;
alter materialized view mv_n rename to mv_o;
alter materialized view mv_o rename column v to w;
alter materialized view mv_o rename k to kk;
alter materialized view mv_nope rename to x;
alter materialized view if exists mv_nope rename to x;
select * from mv_v order by k;
select kk, w from mv_o order by kk;
alter table mv_t rename to mv_r;
refresh materialized view mv_o;
select count(*) from mv_o;
create schema mv_s;
alter materialized view mv_o set schema mv_s;
select count(*) from mv_s.mv_o;
select relname, relkind, relispopulated from pg_class where relname like 'mv\_%' and relkind in ('m', 'v', 'r') order by 1;
select table_name from information_schema.tables where table_name like 'mv\_%' order by 1;
select pg_relation_is_updatable('mv_m'::regclass, false);
create temp table mv_tmp (a int);
create materialized view mv_bad as select * from mv_tmp;
create materialized view mv_bad as select $1;
drop materialized view if exists mv_nope;
drop materialized view mv_m;
drop table mv_r cascade;
select * from mv_v;
drop schema mv_s;
---
CREATE TABLE
INSERT 0 3
SELECT 2
x | 40 | 2
y | 20 | 1
INSERT 0 1
x | 40 | 2
y | 20 | 1
REFRESH MATERIALIZED VIEW
x | 40 | 2
y | 20 | 1
z | 5 | 1
ERROR 42P07: relation "mv_m" already exists
CREATE MATERIALIZED VIEW
CREATE MATERIALIZED VIEW
ERROR 55000: materialized view "mv_n" has not been populated
HINT: Use the REFRESH MATERIALIZED VIEW command.
ERROR 55000: materialized view "mv_n" has not been populated
HINT: Use the REFRESH MATERIALIZED VIEW command.
mv_m | f | t
mv_n | f | f
ERROR 0A000: CONCURRENTLY cannot be used when the materialized view is not populated
CREATE INDEX
ERROR 0A000: CONCURRENTLY cannot be used when the materialized view is not populated
REFRESH MATERIALIZED VIEW
REFRESH MATERIALIZED VIEW
1 | x
2 | y
3 | x
4 | z
INSERT 0 1
DELETE 1
REFRESH MATERIALIZED VIEW
3 | x
4 | z
9 | w
ERROR 42601: REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together
REFRESH MATERIALIZED VIEW
ERROR 55000: materialized view "mv_n" has not been populated
HINT: Use the REFRESH MATERIALIZED VIEW command.
REFRESH MATERIALIZED VIEW
ERROR 42809: cannot change materialized view "mv_n"
ERROR 42809: cannot change materialized view "mv_n"
ERROR 42809: cannot change materialized view "mv_n"
ERROR 42809: "mv_n" is not a table
DETAIL: This operation is not supported for materialized views.
ERROR 42809: "mv_n" is not a table
HINT: Use DROP MATERIALIZED VIEW to remove a materialized view.
ERROR 42809: "mv_n" is not a view
HINT: Use DROP MATERIALIZED VIEW to remove a materialized view.
ERROR 42809: "mv_t" is not a materialized view
HINT: Use DROP TABLE to remove a table.
ERROR 0A000: "mv_t" is not a materialized view
ERROR 42P01: relation "mv_none" does not exist
ERROR 42809: "mv_n" is not a table
DETAIL: This operation is not supported for materialized views.
CREATE VIEW
2 | y
3 | x
REFRESH MATERIALIZED VIEW
2 | y
3 | x
ERROR 2BP01: cannot drop materialized view mv_n because other objects depend on it
DETAIL: view mv_v depends on materialized view mv_n
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop table mv_t because other objects depend on it
DETAIL: materialized view mv_m depends on table mv_t
materialized view mv_n depends on table mv_t
view mv_v depends on materialized view mv_n
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER MATERIALIZED VIEW
ALTER MATERIALIZED VIEW
ALTER MATERIALIZED VIEW
ERROR 42P01: relation "mv_nope" does not exist
ALTER MATERIALIZED VIEW
2 | y
3 | x
2 | y
3 | x
4 | z
9 | w
ALTER TABLE
REFRESH MATERIALIZED VIEW
4
CREATE SCHEMA
ALTER MATERIALIZED VIEW
4
mv_m | m | t
mv_o | m | t
mv_r | r | t
mv_v | v | t
mv_r, mv_v
0
CREATE TABLE
ERROR 0A000: materialized views must not use temporary tables or views
ERROR 42P02: there is no parameter $1 at 43
DROP MATERIALIZED VIEW
DROP MATERIALIZED VIEW
DROP TABLE
ERROR 42P01: relation "mv_v" does not exist at 15
DROP SCHEMA

# A search of one goes through its index.
create table mw_t (id int primary key, e vector(2));
insert into mw_t values (1, '[1,1]'), (2, '[5,5]'), (3, '[9,9]');
create materialized view mw_m as select id, e from mw_t where id < 3;
create index on mw_m using hnsw (e vector_l2_ops);
create unique index on mw_m (id);
select id from mw_m order by e <-> '[4,4]' limit 1;
insert into mw_t values (0, '[4,4]');
refresh materialized view concurrently mw_m;
select id from mw_m order by e <-> '[4,4]' limit 2;
select indexname from pg_indexes where tablename = 'mw_m' order by 1;
update mw_t set id = 7 where id = 0;
create or replace view mw_v as select 1;
drop materialized view mw_m cascade;
drop view mw_v;
---
CREATE TABLE
INSERT 0 3
SELECT 2
CREATE INDEX
CREATE INDEX
2
INSERT 0 1
REFRESH MATERIALIZED VIEW
0, 2
mw_m_e_idx, mw_m_id_idx
UPDATE 1
CREATE VIEW
DROP MATERIALIZED VIEW
DROP VIEW
