# Temporary tables come first in the search path, and have names of their own.
create table tt_t (id int primary key, v text);
insert into tt_t values (1, 'lasting');
create temp table tt_t (id int primary key, v text default 'd', n int check (n > 0), e vector(2));
insert into tt_t (id, n, e) values (1, 5, '[1,2]'), (2, null, '[3,4]');
select * from tt_t order by id;
select * from pg_temp.tt_t order by id;
select * from public.tt_t;
insert into tt_t (id, n) values (3, -1);
insert into tt_t (id) values (2);
create index on tt_t (v);
create unique index tt_e on tt_t ((id + 1));
create index on tt_t using hnsw (e vector_l2_ops);
select id from tt_t order by e <-> '[3,3]' limit 1;
update tt_t set v = 'w' where id = 2 returning v;
delete from tt_t where id = 1;
alter table tt_t add column more int default 3;
select id, v, more from tt_t;
truncate tt_t;
select count(*) from tt_t;
create temporary table tt_t (a int);
create temp table if not exists tt_t (a int);
create temp table pg_temp.tt_u (a serial, b int generated always as identity);
insert into tt_u default values;
select * from tt_u;
create table pg_temp.tt_w (a int);
create temp table public.tt_x (a int);
create local temp table tt_x (a int) with (retention = '1 day') on commit preserve rows;
drop table tt_x;
alter table tt_w set schema public;
alter table public.tt_t set schema pg_temp;
select relname, relpersistence, relnamespace = pg_my_temp_schema(), pg_is_other_temp_schema(relnamespace), pg_table_is_visible(oid) from pg_class where relkind = 'r' and relname like 'tt\_%' order by 1, 2;
select table_name, table_type from information_schema.tables where table_name like 'tt\_%' order by 1, 2;
select current_schema, current_schemas(false), (current_schemas(true))[1] like 'pg_temp_%', array_length(current_schemas(true), 1);
select 'tt_w'::regclass, to_regclass('pg_temp.tt_w') is not null;
set search_path = public, pg_temp;
select * from tt_t;
reset search_path;
drop table tt_t;
select * from tt_t;
drop table tt_t;
discard temp;
select * from tt_w;
---
CREATE TABLE
INSERT 0 1
CREATE TABLE
INSERT 0 2
1 | d | 5 | [1,2]
2 | d | NULL | [3,4]
1 | d | 5 | [1,2]
2 | d | NULL | [3,4]
1 | lasting
ERROR 23514: new row for relation "tt_t" violates check constraint "tt_t_n_check"
DETAIL: Failing row contains (3, d, -1, null).
ERROR 23505: duplicate key value violates unique constraint "tt_t_pkey"
DETAIL: Key (id)=(2) already exists.
CREATE INDEX
CREATE INDEX
CREATE INDEX
2
w
UPDATE 1
DELETE 1
ALTER TABLE
2 | w | 3
TRUNCATE TABLE
0
ERROR 42P07: relation "tt_t" already exists
CREATE TABLE
CREATE TABLE
INSERT 0 1
1 | 1
CREATE TABLE
ERROR 42P16: cannot create temporary relation in non-temporary schema at 19
CREATE TABLE
DROP TABLE
ERROR 0A000: cannot move objects into or out of temporary schemas
ERROR 0A000: cannot move objects into or out of temporary schemas
tt_t | p | f | f | f
tt_t | t | t | f | t
tt_u | t | t | f | t
tt_w | t | t | f | t
tt_t | BASE TABLE
tt_t | LOCAL TEMPORARY
tt_u | LOCAL TEMPORARY
tt_w | LOCAL TEMPORARY
public | {public} | t | 3
tt_w | t
SET
1 | lasting
RESET
DROP TABLE
1 | lasting
DROP TABLE
DISCARD TEMP
ERROR 42P01: relation "tt_w" does not exist at 15

# Rows and tables that go with their transaction.
create temp table oc_d (a int) on commit delete rows;
insert into oc_d values (1);
select * from oc_d;
begin;
insert into oc_d values (1), (2), (3);
update oc_d set a = a * 10 where a > 1;
delete from oc_d where a = 1;
select * from oc_d order by a;
savepoint s;
insert into oc_d values (9);
rollback to s;
select count(*) from oc_d;
commit;
select count(*) from oc_d;
begin;
create temp table oc_x (a int primary key) on commit drop;
create temp table oc_y on commit drop as select 7 as b;
create temp view oc_v as select * from oc_x;
insert into oc_x values (4);
select * from oc_v, oc_y;
commit;
select * from oc_x;
select * from oc_y;
select * from oc_v;
begin;
create temp table oc_x (a int) on commit drop;
rollback;
select * from oc_x;
create temp table oc_x (a int) on commit drop;
select * from oc_x;
create temp table oc_p on commit preserve rows as select 8 as c;
select * from oc_p;
create temp table oc_q on commit delete rows as select 8 as c;
select * from oc_q;
create table oc_n (a int) on commit drop;
drop table oc_d, oc_p, oc_q;
---
CREATE TABLE
INSERT 0 1
(no rows)
BEGIN
INSERT 0 3
UPDATE 2
DELETE 1
20, 30
SAVEPOINT
INSERT 0 1
ROLLBACK
2
COMMIT
0
BEGIN
CREATE TABLE
SELECT 1
CREATE VIEW
INSERT 0 1
4 | 7
COMMIT
ERROR 42P01: relation "oc_x" does not exist at 15
ERROR 42P01: relation "oc_y" does not exist at 15
ERROR 42P01: relation "oc_v" does not exist at 15
BEGIN
CREATE TABLE
ROLLBACK
ERROR 42P01: relation "oc_x" does not exist at 15
CREATE TABLE
ERROR 42P01: relation "oc_x" does not exist at 15
SELECT 1
8
SELECT 1
(no rows)
ERROR 42P16: ON COMMIT can only be used on temporary tables
DROP TABLE

# Queries into temporary tables; views, sequences and keys of them.
select 1 as a, 'x' as b into temp tv_a;
select 2 as a into temporary table tv_b;
select 3 as a into local temp table tv_c;
select * from tv_a, tv_b, tv_c;
create view tv_v as select a from tv_a;
create or replace temp view tv_v as select a from tv_a;
create temporary view tv_w (z) as select 5;
select tv_v.a, z from tv_v, pg_temp.tv_w;
select relname, relpersistence, relnamespace = pg_my_temp_schema() from pg_class where relname like 'tv\_%' order by 1;
drop table tv_a;
drop table tv_a cascade;
create temp sequence tv_s start 5;
select nextval('tv_s'), nextval('pg_temp.tv_s'), currval('tv_s');
create table tv_p (id int primary key);
create temp table tv_k (id int primary key, up int references tv_k, p int references tv_p);
create temp table tv_k (id int primary key, up int references tv_k);
create table tv_q (k int references tv_k);
create unlogged table tv_u (id int primary key, p int references tv_p);
create table tv_r (k int references tv_u);
insert into tv_k values (1, null), (2, 1);
insert into tv_k values (3, 4);
select relname, relpersistence from pg_class where relname like 'tv\_u%' order by 1;
drop table tv_u, tv_p;
discard all;
select * from tv_k;
discard plans;
discard sequences;
discard nonsense;
---
SELECT 1
SELECT 1
SELECT 1
1 | x | 2 | 3
CREATE VIEW
CREATE VIEW
CREATE VIEW
1 | 5
tv_a | t | t
tv_b | t | t
tv_c | t | t
tv_v | t | t
tv_w | t | t
ERROR 2BP01: cannot drop table tv_a because other objects depend on it
DETAIL: view tv_v depends on table tv_a
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TABLE
CREATE SEQUENCE
5 | 6 | 6
CREATE TABLE
ERROR 42P16: constraints on temporary tables may reference only temporary tables
CREATE TABLE
ERROR 42P16: constraints on permanent tables may reference only permanent tables
CREATE TABLE
ERROR 42P16: constraints on permanent tables may reference only permanent tables
INSERT 0 2
ERROR 23503: insert or update on table "tv_k" violates foreign key constraint "tv_k_up_fkey"
DETAIL: Key (up)=(4) is not present in table "tv_k".
tv_u | u
tv_u_pkey | u
DROP TABLE
DISCARD ALL
ERROR 42P01: relation "tv_k" does not exist at 15
DISCARD PLANS
DISCARD SEQUENCES
ERROR 42601: syntax error at or near "nonsense" at 9
