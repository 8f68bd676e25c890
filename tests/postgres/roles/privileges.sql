-- Privileges of tables, columns, sequences, schemas and views; owners.
create role r_a
create role r_b
create table t1(id int, v text)
insert into t1 values (1,'a'),(2,'b')
set role r_a
select * from t1
insert into t1 values (3,'c')
update t1 set v='x'
delete from t1
truncate t1
select count(*) from t1
select nosuch from t1
with x as (select * from t1) select * from x
select (select max(id) from t1)
select 1 where exists (select 1 from t1)
select * from (values (1)) x join t1 on true
create table t2(id int)
create view v2 as select 1
drop table t1
alter table t1 add column x int
create index on t1(id)
lock table t1
copy t1 to stdout
explain select * from t1
reset role
grant select on t1 to r_a
set role r_a
select * from t1
select count(*) from t1
insert into t1 values (3,'c')
update t1 set v='x'
update t1 set v='x' where id=1
delete from t1 where id=1
select * from t1 for update
reset role
revoke select on t1 from r_a
grant select (id), update (v), insert (id) on t1 to r_a
set role r_a
select * from t1
select id from t1
select v from t1
select id from t1 where v='a'
select count(*) from t1
update t1 set v='q' where id=2
update t1 set v=v||'q'
update t1 set id=3
insert into t1(id) values (9)
insert into t1(id) values (9) returning id
insert into t1(id) values (9) returning v
insert into t1 values (9,'x')
select t1 from t1
reset role
select relname, relacl is null from pg_class where relname in ('t1')
drop role r_a
grant all on t1 to public
set role r_a
select count(*) from t1
delete from t1 where id=9
truncate t1
reset role
revoke all on t1 from public
grant foo on t1 to r_a
grant usage on t1 to r_a
grant select on t9 to r_a
grant select on t1 to r_zz
grant select on all tables in schema public to r_a
grant select on schema public to r_a
grant create on schema public to r_a
set role r_a
create table ra(id int)
insert into ra values (1)
grant select on ra to r_b
grant select on t1 to r_b
grant delete on t1 to r_b
reset role
grant select on t1 to r_a with grant option
set role r_a
grant select on t1 to r_b
grant delete on t1 to r_b
reset role
revoke select on t1 from r_a
revoke select on t1 from r_a cascade
revoke grant option for select on t1 from r_a
drop role r_b
create schema s_r
create table s_r.t(id int)
grant select on s_r.t to r_a
set role r_a
select * from s_r.t
select * from s_r.nope
reset role
grant usage on schema s_r to r_a
set role r_a
select * from s_r.t
create table s_r.u(id int)
drop schema s_r
alter schema s_r rename to s_q
reset role
alter table s_r.t owner to r_a
set role r_a
insert into s_r.t values (1)
alter table s_r.t owner to r_b
drop table s_r.t
reset role
create view v1 as select id from t1
grant select on v1 to r_a
revoke all on t1 from r_a
set role r_a
select count(*) from v1
select * from t1
reset role
alter view v1 owner to r_b
set role r_a
select count(*) from v1
reset role
grant select on t1 to r_b
set role r_a
select count(*) from v1
reset role
drop view v1
create sequence sq1
set role r_a
select nextval('sq1')
select currval('sq1')
reset role
grant usage on sequence sq1 to r_a
set role r_a
select nextval('sq1')
select setval('sq1', 4)
reset role
alter default privileges in schema public grant select on tables to r_a
create table td(id int)
set role r_a
select * from td
insert into td values (1)
reset role
alter default privileges in schema public revoke select on tables from r_a
reassign owned by r_a to r_b
drop owned by r_a
drop role r_a
select * from t1 limit 0
drop owned by r_b
reassign owned by r_b to current_user
drop owned by r_b
drop role r_b
drop table t1
drop table td
drop schema s_r cascade
drop sequence sq1
-- References, copies of definitions, what of a row is read.
create role r_w
create table tw(id int primary key, secret text, n int check (n > 0))
insert into tw values (1, 'hidden', 1)
grant insert, update, delete on tw to r_w
grant select (id) on tw to r_w
set role r_w
delete from tw where secret = 'hidden'
update tw set n = 2 returning secret
update tw set n = n + 1
reset role
grant create on schema public to r_w
set role r_w
create table tf(id int references tw)
create table tl(like tw)
reset role
grant references on tw to r_w
grant select on tw to r_w
set role r_w
create table tf(id int references tw)
create table tl(like tw)
insert into tf values (9)
truncate tw
truncate tw cascade
select * from tw, tf
select id from tf union all select id from tl
reset role
drop owned by r_w cascade
drop role r_w
drop table tw
