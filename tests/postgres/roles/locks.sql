-- Who may lock rows: those of tables, through views in the name of their owner, and behind sub-queries.
create role r_a
create role r_b
grant create, usage on schema public to r_a, r_b
create table t1(id int primary key, v text)
create table t2(id int primary key)
insert into t1 values (1,'a'),(2,'b')
insert into t2 values (1)
grant select on t1, t2 to r_a
set role r_a
select * from t1 for share
select * from (select id from t1) x for update
select * from (select id from t1) x for update of x
select t2.id from t2, (select id from t1) x where x.id = t2.id for update of t2
select id from t1 where id in (select id from t2) for update
create view va as select * from t1 where id < 5
select * from va
select * from va for update
reset role
grant update on t1 to r_a
set role r_a
select * from (select id from t1) x order by 1 for update
select id from t1 where id in (select id from t2) for update
select * from (select t1.id from t1, t2) x for update
select * from va order by id for update
create view vva as select id from va
grant select on vva to r_b
reset role
set role r_b
select * from vva order by id
select * from vva for update
reset role
grant update on vva to r_b
set role r_b
select * from vva order by id for update
select * from (select * from vva) x order by id for update
reset role
revoke update on t1 from r_a
set role r_b
select * from vva for update
reset role
drop view vva, va
drop table t1, t2
revoke all on schema public from r_a, r_b
drop role r_a, r_b
