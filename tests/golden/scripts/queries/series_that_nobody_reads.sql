# Functions that give rows say how many there are, whether or not somebody reads their column.
create table unread (id int);
insert into unread values (1), (2), (3);
select count(*) from (select id, generate_series(1, 2) as b from unread union all select 1, 2) s;
select count(*) from (select id, random() as b, generate_series(1, 2) as c from unread union select 1, 2, 3) s;
select id from unread where id in (select id from (select id, generate_series(1, 0) from unread) s);
select id from unread where exists (select generate_series(1, 0));
select id from unread where exists (select unread.id, generate_series(1, 0) from unread o);
select id from unread where not exists (select generate_series(1, unread.id - 1));
select (select count(*) from (select generate_series(1, unread.id)) x) from unread;
with a as (select id, generate_series(1, 2) g from unread) select id from a;
select unread.id from unread join (select id, generate_series(1, 2) g from unread) s on s.id = unread.id order by 1;
select unread.id from unread join lateral (select unread.id, generate_series(1, 2) g) s on true order by 1;
create view unread_view as select id, generate_series(1, 2) g from unread;
select id from unread_view order by 1;
select count(*) from unread_view;
select count(*) from (select jsonb_path_query('{"k": [1, 2]}', '$.k[*]') from unread) s;
create table unread_many (id int);
insert into unread_many select generate_series(1, 3000);
select count(*) from (select id, generate_series(1, 2) g from unread_many) s;
select sum(id) from (select id, generate_series(1, id % 2) g from unread_many) s;
drop view unread_view;
drop table unread, unread_many;
---
CREATE TABLE
INSERT 0 3
7
7
(no rows)
(no rows)
(no rows)
1
1, 2, 3
1, 1, 2, 2, 3, 3
1, 1, 2, 2, 3, 3
1, 1, 2, 2, 3, 3
CREATE VIEW
1, 1, 2, 2, 3, 3
6
6
CREATE TABLE
INSERT 0 3000
6000
2250000
DROP VIEW
DROP TABLE
