-- Policies with sub-queries: in reads and writes, views, joins, beside each other; what they read stays.
create role sq_u
create role sq_v
create table sq (id int primary key, grp int, a int)
create table sq_m (grp int, who text, since int)
create table sq_l (grp int, who text)
insert into sq select g, g % 3, g from generate_series(1, 12) g
insert into sq_m values (0, 'sq_u', 1), (1, 'sq_v', 5), (2, 'sq_v', 1)
insert into sq_l values (2, 'sq_u')
grant all on sq, sq_m, sq_l to sq_u, sq_v
create policy see on sq for select using (exists (select from sq_m m where m.grp = sq.grp and m.who = current_user and since < a))
create policy chg on sq for update using (grp in (select grp from sq_m where who = current_user)) with check (a < (select max(x.since) * 10 from sq_l, sq_m x where x.who = current_user) or exists (select 1 from sq_m where sq_m.grp = sq.grp))
create policy add on sq for insert with check ((select count(*) from sq_m where sq_m.grp = sq.grp and who = current_user) > 0)
create policy del on sq for delete using (not exists (select 1 from sq_l where sq_l.grp = sq.grp))
alter table sq enable row level security
create view sq_w as select * from sq where a > 2
grant select on sq_w to sq_u, sq_v
set role sq_u
select * from sq order by id
select count(*) from sq s where s.a > 3
select s.id, m.who from sq s join sq_m m on m.grp = s.grp order by 1
select id from sq where id in (select id from sq) order by 1
with x as (select * from sq) select count(*) from x
update sq set a = a + 1 where id < 7
update sq s set a = a + 1 where id < 7
update sq set grp = 1 where id = 3
update sq set a = a + 1 from sq_l where sq_l.grp = 2 and sq.id = 6
update sq set a = 0 where id = 9 returning id
insert into sq values (20, 0, 20)
insert into sq values (21, 1, 21)
insert into sq values (22, 0, 22) returning id
insert into sq values (3, 0, 3) on conflict (id) do update set a = 33
insert into sq values (4, 0, 3) on conflict (id) do update set a = 33
delete from sq where id = 12
delete from sq where id = 11
merge into sq using (values (3, 50), (30, 30)) v(i, n) on sq.id = v.i when matched then update set a = n when not matched then insert values (i, 0, n)
merge into sq using (values (31, 30)) v(i, n) on sq.id = v.i when not matched then insert values (i, 2, n)
select * from sq order by id for update
select * from sq_w order by id
reset role
select * from sq order by id
set role sq_v
select * from sq order by id
select * from sq_w order by id
update sq set a = a + 1
delete from sq
reset role
select * from sq order by id
revoke select on sq_m from sq_v
set role sq_v
select * from sq order by id
select count(*) from sq_w
reset role
grant select (grp, who) on sq_m to sq_v
set role sq_v
select * from sq order by id
reset role
grant select (since) on sq_m to sq_v
set role sq_v
select * from sq order by id
reset role
alter table sq rename to sq_n
alter table sq_m rename to sq_k
set role sq_u
select * from sq_n order by id
update sq_n set a = a + 1 where id = 3
reset role
alter table sq_n rename to sq
alter table sq_k rename to sq_m
truncate sq_m
set role sq_u
select count(*) from sq
reset role
insert into sq_m values (1, 'sq_u', 1)
set role sq_u
select * from sq order by id
reset role
drop table sq_l
drop table sq_l cascade
select policyname from pg_policies where tablename = 'sq' order by 1
alter table sq_m enable row level security
create policy one on sq_m using (since > 0)
set role sq_u
select * from sq order by id
reset role
create policy two on sq_m as restrictive using (exists (select from sq where sq.grp = sq_m.grp))
set role sq_u
select * from sq order by id
reset role
create policy bad on sq using (exists (select 1 from sq_nope))
create policy bad on sq using (id = (select max(s.id) from sq s where s.grp = sq.grp))
set role sq_u
select * from sq order by id
reset role
drop policy two on sq_m
set role sq_u
select * from sq order by id
reset role
drop view sq_w
drop table sq, sq_m
drop role sq_u
drop role sq_v
