# Fields of an interval behind its type: of columns, casts, domains and arrays.
create table iv (a interval day to second, b interval year to month, c interval second(2), d interval minute to second(3), e interval(1), f interval hour);
insert into iv values ('1 day 02:03:04.567', '14 months 3 days', '1:02:03.4567', '3:4.56789', '1.26 s', '3:20:10');
select * from iv;
select column_name, data_type, interval_type, datetime_precision from information_schema.columns where table_name = 'iv' order by ordinal_position;
select attname, format_type(atttypid, atttypmod), atttypmod from pg_attribute where attrelid = 'iv'::regclass and attnum > 0 order by attnum;
select '1'::interval day, '1'::interval day to minute, cast('1:2:3.456' as interval second(1));
select '90 min'::interval hour(3);
select interval '1.25' second(1), interval '2' year;
select interval '1' day(2);
select interval from (select 1 as interval) s;
select interval from (select 1 as interval) s order by interval;
create table iv2 (interval int, day int, "year" interval year, "hour" interval hour to second default '1:02:03.5');
select interval, day from iv2;
alter table iv2 add column m interval month, alter column day type interval day using '1 day';
select array['1 d 2:03:04']::interval day[] ;
create domain ivd as interval day to hour;
select '25:10:00'::ivd;
drop domain ivd;
alter table iv alter a type interval hour to minute;
select a from iv;
drop table iv, iv2;
---
CREATE TABLE
INSERT 0 1
1 day 02:03:04.567 | 1 year 2 mons | 01:02:03.46 | 00:03:04.568 | 00:00:01.3 | 03:00:00
a | interval | DAY TO SECOND | 6
b | interval | YEAR TO MONTH | 6
c | interval | SECOND(2) | 2
d | interval | MINUTE TO SECOND(3) | 3
e | interval | NULL | 1
f | interval | HOUR | 6
a | interval day to second | 470351871
b | interval year to month | 458751
c | interval second(2) | 268435458
d | interval minute to second(3) | 402653187
e | interval(1) | 2147418113
f | interval hour | 67174399
1 day | 00:01:00 | 01:02:03.5
ERROR 42601: syntax error at or near "(" at 31
00:00:01.3 | 2 years
ERROR 42601: syntax error at or near "(" at 24
1
1
CREATE TABLE
(no rows)
ALTER TABLE
{"1 day"}
CREATE DOMAIN
25:00:00
DROP DOMAIN
ALTER TABLE
1 day 02:03:00
DROP TABLE
