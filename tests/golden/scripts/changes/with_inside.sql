# WITH inside of WITH, and queries that nobody reads.
create table wi_t (id int primary key, v int);
insert into wi_t select i, i from generate_series(1, 5) i;
with q as (select 1 as id) delete from wi_t where id in (with q as (select 2 as id) select id from q) returning id;
with q as (select 3 as id) insert into wi_t with q as (select 104 as id) select id, 0 from q returning id;
with q as (select 1), q as (select 2) delete from wi_t;
with q as (select nosuch) delete from wi_t;
with q as (select * from nosuch) insert into wi_t values (50, 1);
with q as (select * from nosuch) update wi_t set v = 1;
with q(a, b) as (select 1) delete from wi_t;
with q as (select 7 as x) update wi_t set v = (with q as (select 8 as x) select x from q) where id = (select 1 from q) returning *;
with recursive q as (select 1 as n union all select n + 1 from q where n < 3) delete from wi_t where id in (select n from q) returning id;
with a as (select 4 as id), b as (select id + 1 as id from a) delete from wi_t using b where wi_t.id = b.id returning wi_t.id;
with q as (select 1 as id) insert into wi_t select id + 200, id from q on conflict (id) do update set v = (select id from q) returning *;
with q as (select id from wi_t) delete from wi_t where id in (select id from q as z(k) where k > 100) returning id;
with q as (select id from wi_t) delete from wi_t where id in (select k from q as z(k) where k > 100) returning id;
with wi_t as (select 1 as id) delete from wi_t where id in (select id from wi_t) returning id;
select * from wi_t order by id;
drop table wi_t;
---
CREATE TABLE
INSERT 0 5
2
DELETE 1
104
INSERT 0 1
ERROR 42712: WITH query name "q" specified more than once at 23
ERROR 42703: column "nosuch" does not exist at 19
ERROR 42P01: relation "nosuch" does not exist at 26
ERROR 42P01: relation "nosuch" does not exist at 26
ERROR 42P10: WITH query "q" has 1 columns available but 2 columns specified at 6
1 | 8
UPDATE 1
3
1
DELETE 2
5
DELETE 1
201 | 1
INSERT 0 1
4
104
201
DELETE 3
DELETE 0
DELETE 0
(no rows)
DROP TABLE
