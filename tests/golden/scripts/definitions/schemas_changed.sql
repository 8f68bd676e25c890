# Changes name the columns of their table behind its schema.
with t as (select 1 as x) select * from t;
create schema s1;
create table s1.k(id int primary key, c text);
insert into s1.k values (1,'a') on conflict (id) do update set c = excluded.c || k.c returning *;
insert into s1.k as kk values (1,'a') on conflict (id) do update set c = excluded.c || kk.c returning *;
insert into s1.k values (1,'a') on conflict (id) do update set c = excluded.c || s1.k.c returning *;
delete from s1.k using (values (1)) v(i) where s1.k.id=v.i returning k.c;
alter index s1.k_pkey rename to kk;
select indexname from pg_indexes where schemaname='s1';
alter table s1.k rename constraint kk to kkk;
select a.n from (select 1 as n) a;
drop schema s1 cascade;
---
1
CREATE SCHEMA
CREATE TABLE
1 | a
INSERT 0 1
1 | aa
INSERT 0 1
1 | aaa
INSERT 0 1
aaa
DELETE 1
ALTER INDEX
kk
ALTER TABLE
1
DROP SCHEMA
