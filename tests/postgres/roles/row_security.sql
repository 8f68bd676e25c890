-- Row security: policies of every command and kind, over reads and writes, views, joins and errors.
create role p_a
create role p_b
create role p_o
create table pt(id int primary key, owner text, n int, hidden boolean)
insert into pt values (1, 'p_a', 10, false), (2, 'p_b', 0, false), (3, 'p_a', 5, true), (4, 'p_b', 7, false)
grant all on pt to p_a, p_b
create policy own on pt using (owner = current_user)
create policy own on pt using (true)
set role p_a
select count(*) from pt
reset role
alter table pt enable row level security
select relrowsecurity, relforcerowsecurity from pg_class where relname = 'pt'
select count(*) from pt
set role p_a
select id, owner, n from pt order by id
select count(*) from pt
select id from pt where n > 5 order by id
select id from pt where 10 / n > 1 order by id
select id from pt where 100 / n > 1 and id > 0 order by id
select p.id from pt p where p.id in (1, 2)
select a.id, b.id from pt a join pt b on a.id = b.id order by 1
select a.id from pt a, (values (2), (3)) v(x) where a.id = v.x
select max(n), sum(10 / n) from pt
select id, 10 / n from pt order by 10 / n
with x as (select * from pt) select count(*) from x
select (select count(*) from pt), exists (select 1 from pt where id = 2)
select id from pt union select id from pt order by 1
select 10 / n from pt union all select 1 order by 1
select x.id from (select * from pt where 10 / n > 0) x order by 1
select a.id from pt a left join pt b on 10 / b.n > 0 and a.id = b.id order by 1
insert into pt values (5, 'p_a', 1, false)
insert into pt values (6, 'p_b', 1, false)
insert into pt(id, owner) values (7, 'p_a') returning id
insert into pt values (1, 'p_a', 1, false) on conflict do nothing
insert into pt values (2, 'p_a', 1, false) on conflict do nothing
insert into pt select id + 100, owner, n, hidden from pt
update pt set n = n + 1 where id = 1
update pt set n = 99 where id = 2
update pt set owner = 'p_b' where id = 1
update pt set n = n + 1 where 10 / n > 0 and id < 10
delete from pt where id = 2
delete from pt where id > 100
delete from pt where id = 5 returning id
copy pt to stdout
set row_security = off
select count(*) from pt
set row_security = on
reset role
select count(*) from pt
create policy hide on pt as restrictive for select using (not hidden)
create policy see on pt for select to p_b using (true)
set role p_a
select id from pt order by id
update pt set n = 4 where id = 3
update pt set n = 4
reset role
set role p_b
select id from pt order by id
delete from pt where id = 1
update pt set n = 0 where id = 1
reset role
create policy ins on pt for insert with check (n > 0)
create policy bad on pt for insert using (true)
create policy bad on pt for select with check (true)
create policy bad on pt using (nosuch = 1)
create policy bad on pt using (n)
create policy bad on pnot using (true)
create policy bad on pt to p_zz using (true)
set role p_b
insert into pt values (20, 'nobody', 1, false)
insert into pt values (21, 'nobody', 0, false)
create policy mine on pt using (true)
drop policy own on pt
alter table pt disable row level security
reset role
select policyname, permissive, cmd from pg_policies where tablename = 'pt' order by 1
select polname, polcmd, polpermissive from pg_policy order by 1
create view pv as select id, n from pt where n is not null
grant select on pv to p_a
set role p_a
select count(*) > 3 from pv
reset role
alter view pv owner to p_b
set role p_a
select id from pv order by id
select id from pv where 10 / n > 0 order by id
reset role
alter table pt owner to p_o
set role p_o
select count(*) from pt
reset role
alter table pt force row level security
set role p_o
select count(*) from pt
truncate pt
reset role
alter table pt no force row level security
alter role p_a bypassrls
set role p_a
select count(*) from pt
reset role
insert into pt values (1, 'p_a', 10, false)
alter role p_a nobypassrls
drop view pv
revoke all on pt from p_a
create policy gone on pt to p_a using (true)
drop role p_a
grant all on pt to p_a
drop policy gone on pt
drop policy gone on pt
drop policy if exists gone on pt
drop policy own on pt
drop policy ins on pt
drop policy hide on pt
drop policy see on pt
set role p_a
select count(*) from pt
insert into pt values (9, 'p_a', 1, false)
reset role
alter table pt disable row level security
set role p_a
select count(*) from pt
reset role
drop table pt
drop owned by p_a, p_b, p_o
drop role p_a, p_b, p_o
