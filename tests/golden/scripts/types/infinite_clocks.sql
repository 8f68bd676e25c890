create table infinite_clocksinite_clocks (id int primary key, a timestamptz, b timestamp, d date);
---
CREATE TABLE

insert into infinite_clocksinite_clocks values (1,'infinity','-infinity','infinity'),(2,'2020-01-01','2020-01-01','2020-01-01');
---
INSERT 0 2

select a::timetz, a::time, b::time from infinite_clocksinite_clocks order by id;
---
NULL | NULL | NULL
00:00:00+00 | 00:00:00 | 00:00:00

select a::timetz, a::time, b::time, count(*) over () from infinite_clocksinite_clocks order by 4, a;
---
ERROR 42702: ORDER BY "a" is ambiguous at 99

select ('infinity'::text)::timestamptz::timetz, 'infinity'::timestamp::time;
---
NULL | NULL

select (2147483647 + d) from infinite_clocksinite_clocks where id=2;
---
ERROR 22008: date out of range

select d + 1, d - 1, d::timestamp, d::timestamptz from infinite_clocksinite_clocks order by id;
---
infinity | infinity | infinity | infinity
2020-01-02 | 2019-12-31 | 2020-01-01 00:00:00 | 2020-01-01 00:00:00+00

select a::date, b::date, extract(year from a), date_trunc('day', a) from infinite_clocksinite_clocks order by id;
---
infinity | -infinity | Infinity | infinity
2020-01-01 | 2020-01-01 | 2020 | 2020-01-01 00:00:00+00

alter table infinite_clocksinite_clocks add t timetz, add tm time;
---
ALTER TABLE

update infinite_clocksinite_clocks set t = ('infinity'::text)::timestamptz where id=1 returning t, 1 + d;
---
NULL | infinity
UPDATE 1

update infinite_clocksinite_clocks set t = a, tm = b returning *;
---
2 | 2020-01-01 00:00:00+00 | 2020-01-01 00:00:00 | 2020-01-01 | 00:00:00+00 | 00:00:00
1 | infinity | -infinity | infinity | NULL | NULL
UPDATE 2

insert into infinite_clocksinite_clocks (id, t, tm) values (3, 'infinity'::timestamptz, 'infinity'::timestamp);
---
INSERT 0 1

insert into infinite_clocksinite_clocks (id, t, tm) select 4, a, b from infinite_clocksinite_clocks where id = 1;
---
INSERT 0 1

select id, t, tm from infinite_clocksinite_clocks order by id;
---
1 | NULL | NULL
2 | 00:00:00+00 | 00:00:00
3 | NULL | NULL
4 | NULL | NULL

drop table infinite_clocks;
---
ERROR 42P01: table "infinite_clocks" does not exist
