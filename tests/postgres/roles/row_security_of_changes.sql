-- Row security beside ON CONFLICT DO UPDATE, MERGE and FOR UPDATE; ALTER POLICY.
create role rc_u
create role rc_v
create table rc (id int primary key, owner text, a int)
create table rc_m (id int primary key, owner text)
insert into rc values (1,'rc_u',1),(2,'rc_u',2),(3,'x',3),(4,'x',4)
insert into rc_m values (1,'rc_u'),(3,'rc_u')
grant all on rc, rc_m to rc_u
alter table rc enable row level security
create policy p_sel on rc for select to rc_u using (a < 4)
create policy p_upd on rc for update using (owner = current_user) with check (a < 100)
create policy p_ins on rc for insert with check (a > 0)
create policy p_del on rc for delete using (a = 1)
set role rc_u
select * from rc order by id
select * from rc order by id for update
select * from rc order by id for share
insert into rc values (1,'rc_u',5) on conflict (id) do update set a = 50
insert into rc values (1,'rc_u',5) on conflict (id) do update set a = 3
insert into rc values (1,'rc_u',5) on conflict (id) do update set a = 3 returning *
insert into rc values (1,'rc_u',3) on conflict (id) do update set a = 2 returning *
insert into rc values (1,'rc_u',-5) on conflict (id) do update set a = 3
insert into rc values (3,'rc_u',2) on conflict (id) do update set a = 3
insert into rc values (3,'rc_u',2) on conflict (id) do update set a = 3 where rc.owner = 'rc_u'
insert into rc values (4,'rc_u',2) on conflict (id) do update set a = 3
insert into rc values (4,'rc_u',2) on conflict (id) do nothing
insert into rc values (2,'rc_u',2) on conflict (id) do update set a = 300
insert into rc values (2,'rc_u',2), (8, 'rc_u', 3) on conflict (id) do update set a = excluded.a + 1
insert into rc values (9,'rc_u',7) on conflict (id) do update set a = 3
insert into rc values (9,'rc_u',7)
merge into rc using (values (1, 3), (2, 2), (3, 3), (4, 4), (20, 2)) v(i, n) on rc.id = v.i when matched and rc.owner = 'rc_u' then update set a = n when not matched and i > 10 then insert values (i, 'rc_u', n)
merge into rc using (values (3, 3)) v(i, n) on rc.id = v.i when matched then update set a = n
merge into rc using (values (1, 300)) v(i, n) on rc.id = v.i when matched then update set a = n
merge into rc using (values (1, 30)) v(i, n) on rc.id = v.i when matched then update set a = n
merge into rc using (values (2, 30)) v(i, n) on rc.id = v.i when matched then delete
merge into rc using (values (30, -30)) v(i, n) on rc.id = v.i when not matched then insert values (i, 'rc_u', n)
merge into rc using (values (30, 30)) v(i, n) on rc.id = v.i when not matched then insert values (i, 'rc_u', n)
merge into rc using (values (31, 30)) v(i, n) on rc.id = v.i when not matched then insert values (i, 'rc_u', n) returning id
merge into rc using (values (4, 3)) v(i, n) on rc.id = v.i when matched then delete when not matched then do nothing
merge into rc using (values (4, 3)) v(i, n) on rc.id = v.i when matched then delete when not matched then insert values (i, 'rc_u', n)
merge into rc using (values (1, 3)) v(i, n) on rc.id = v.i when not matched by source and id = 20 then update set a = 1 when matched then do nothing
merge into rc using (values (1, 3)) v(i, n) on rc.id = v.i when matched then delete returning merge_action(), rc.*
merge into rc_m using rc on rc.id = rc_m.id when matched then update set owner = rc.owner
reset role
select * from rc order by id
alter policy p_sel on rc using (a < 5)
alter policy p_sel on rc to rc_v, rc_u
alter policy p_sel on rc with check (true)
alter policy p_ins on rc using (true)
alter policy p_del on rc with check (true)
alter policy p_upd on rc to public using (true) with check (a < 50)
alter policy p_upd on rc rename to p_up
alter policy p_up on rc rename to p_sel
alter policy nope on rc rename to x
alter policy p_up on nope rename to x
alter policy p_up on rc using (nope = 1)
alter policy p_up on rc using (a)
alter policy p_up on rc
alter policy p_up on rc using (a < 9) for select
select policyname, roles, cmd, qual, with_check from pg_policies where tablename = 'rc' order by 1
drop owned by rc_u
drop owned by rc_v
drop role rc_u
drop role rc_v
drop table rc, rc_m
