# Views stand in every place where a table may be read.
create table t (id int primary key, aa text);
insert into t values (1,'x'),(2,'y'),(3,'x');
create view v1 as select id, aa from t;
create view v2 as select id from v1;
create view bad as select * from nope;
create view bad (a) as select 1, 2;
create view bad (a, b) as select 1;
create view bad as select 1 as x, 2 as x;
truncate v1;
select id from v1 where id in (select id from v2) order by id;
with q as (select * from v1) select count(*) from q;
select (select max(id) from v1);
select * from (select * from v1) z order by 1;
select id from v1 union all select id from v2 order by 1;
create table ct as select * from v1;
select * from ct order by 1;
insert into ct select id + 10, aa from v1;
select count(*) from ct;
update ct set aa = (select min(aa) from v1);
select distinct aa from ct;
delete from ct where id in (select id from v1);
select id from ct order by 1;
create view agg as select aa, count(*) as n, sum(id) as s from t group by aa;
select * from agg order by aa;
select sum(n) from agg;
create view vals (a, b) as values (1, 'x'), (2, 'y');
select b from vals where a = 2;
create view un as select id from t union select 100;
select * from un order by 1;
create view lit as select 'abc' as l, null as n;
select l, pg_typeof(l), pg_typeof(n) from lit;
select * from v1 a, v1 b where a.id = b.id order by 1;
select * from v1 v1 left join lateral (select id from v2 where v2.id = v1.id) q on true order by 1;
create view rec as select * from rec;
create or replace view v1 as select id, aa from v2;
drop table t cascade;
select count(*) from pg_views where schemaname = 'public';
drop table ct;
---
CREATE TABLE
INSERT 0 3
CREATE VIEW
CREATE VIEW
ERROR 42P01: relation "nope" does not exist at 34
CREATE VIEW
ERROR 42601: CREATE VIEW specifies more column names than columns
ERROR 42701: column "x" specified more than once
ERROR 42809: "v1" is not a table
DETAIL: This operation is not supported for views.
1, 2, 3
3
3
1 | x
2 | y
3 | x
1, 1, 2, 2, 3, 3
SELECT 3
1 | x
2 | y
3 | x
INSERT 0 3
6
UPDATE 6
x
DELETE 3
11, 12, 13
CREATE VIEW
x | 2 | 4
y | 1 | 2
3
CREATE VIEW
y
CREATE VIEW
1, 2, 3, 100
CREATE VIEW
abc | text | text
1 | x | 1 | x
2 | y | 2 | y
3 | x | 3 | x
1 | x | 1
2 | y | 2
3 | x | 3
ERROR 42P01: relation "rec" does not exist at 34
ERROR 42703: column "aa" does not exist at 41
DROP TABLE
3
DROP TABLE
