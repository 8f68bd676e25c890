-- Materialized views, changes through views, temporary tables, comments, domains, composite types, sequences.
create role k_a
create role k_b
grant create on schema public to k_a, k_b
create table kh (id int primary key, secret text)
insert into kh values (1,'a'),(2,'b')
create materialized view km as select id, secret from kh
create unique index kmu on km(id)
create view kv as select id, secret from kh where id < 10
create type kcomp as (a int, b text)
create domain kdom as int check (value > 0)
create type kenum as enum ('r','g')
create sequence kseq
create schema ks
create table kc (id int primary key, c kcomp, d kdom)
set role k_b
select * from km
refresh materialized view km
refresh materialized view concurrently km
drop materialized view km
alter materialized view km rename to km2
alter materialized view km set schema ks
alter materialized view km owner to k_b
create index on km(secret)
create materialized view kbm as select * from kh
create materialized view kbm as select * from km
comment on table kh is 'x'
comment on column kh.id is 'x'
comment on materialized view km is 'x'
comment on view kv is 'x'
comment on type kenum is 'x'
comment on domain kdom is 'x'
comment on sequence kseq is 'x'
comment on index kmu is 'x'
comment on schema ks is 'x'
comment on constraint kh_pkey on kh is 'x'
alter sequence kseq rename to k2
alter sequence kseq owner to k_b
alter sequence kseq set schema ks
alter type kcomp owner to k_b
alter type kcomp rename to k2
alter type kcomp add attribute z int
alter domain kdom owner to k_b
alter domain kdom add check (value < 5)
drop type kcomp
drop domain kdom
insert into kv values (3,'x')
update kv set secret = 'y'
delete from kv
with a as (select * from kh) select * from a
create table ko (id int primary key, t text)
insert into ko values (1,'mine')
with a as (select * from kh) insert into ko select id+10, secret from a
with a as (select * from kv) insert into ko select id+10, secret from a
with a as (select * from kh) update ko set t = a.secret from a where a.id = ko.id
with a as (select id from kv) delete from ko where id in (select id from a)
with a as (select 1) delete from kh
with kh as (select 1 as id) select * from kh
select ko.id from ko join kh on ko.id = kh.id for update
select ko.id from ko join kh on ko.id = kh.id for update of ko
select (c).a from kc
update kc set c.a = 3
create temp table kt as select * from kh
create temp table kt (id int)
insert into kt values (1)
select * from kt
select * from pg_temp.kt
create table pg_temp.kt2 (id int)
create temp view ktv as select * from kt
select * from ktv
create temp sequence kts
select nextval('kts')
create materialized view kbm as select * from ko
refresh materialized view kbm
comment on materialized view kbm is 'mine'
create type kbc as (x int)
create domain kbd as int
alter domain kbd add check (value > 1)
alter type kbc add attribute y text
create table ku (a kbd, b kbc)
insert into ku values (5, row(1,'x'))
select (b).x from ku
create sequence kbs
alter sequence kbs rename to kbs2
alter sequence kbs2 set schema ks
alter sequence kbs2 owner to k_a
reset role
select typname, typowner::regrole from pg_type where typname in ('kbc', 'kbd', '_kbd') order by typname
grant select, insert, update, delete on kv to k_b
set role k_b
insert into kv values (3,'x')
update kv set secret = 'y' where id = 3
select * from kv order by id
delete from kv where id = 3 returning *
select * from kh
reset role
revoke select on kv from k_b
set role k_b
insert into kv values (4,'x')
insert into kv values (5,'x') returning *
update kv set secret = 'y' where id = 4
update kv set secret = 'y'
update kv set secret = secret || 'y'
delete from kv where id = 4
reset role
grant update (secret) on kv to k_a
set role k_a
update kv set secret = 'z'
update kv set id = 1
reset role
create view kx as select id, secret from kh
grant select on kh to k_a
alter view kx owner to k_a
grant all on kx to k_b
set role k_b
select id from kx where id = 1
insert into kx values (7,'x')
update kx set secret = 'n'
delete from kx
reset role
create view kxx as select id, secret from kx
grant all on kxx to k_b
set role k_b
insert into kxx values (8,'x')
delete from kxx
reset role
grant insert on kh to k_a
set role k_b
insert into kx values (7,'x')
delete from kxx
reset role
set role k_a
create materialized view kam as select id from kh
refresh materialized view kam
reset role
revoke select on kh from k_a
refresh materialized view kam
set role k_a
refresh materialized view kam
select count(*) from kam
reset role
grant select on kh to k_a
grant maintain on kam to k_b
grant select on km to k_b
set role k_b
refresh materialized view kam
select * from kam
select * from km order by id
refresh materialized view km
copy km to stdout
reset role
alter type kcomp owner to k_a
alter domain kdom owner to k_a
alter sequence kseq owner to k_a
alter materialized view km owner to k_a
select typname, typowner::regrole from pg_type where typname in ('kcomp', 'kdom') order by typname
select relname, relowner::regrole from pg_class where relname in ('km', 'kseq') order by relname
set role k_a
alter type kcomp add attribute z int
alter domain kdom add check (value < 100)
comment on domain kdom is 'mine'
reset role
drop role k_a
drop owned by k_b cascade
drop owned by k_a cascade
drop role k_a, k_b
