# Rows are inserted, updated and deleted through a view that is a choice of one table's.
create table uv_t (id int primary key, a text default 'dflt', b int, hidden int default 9);
insert into uv_t values (1, 'x', 10), (2, 'y', 20), (3, 'z', 30);
create view uv_v as select id, a as name, b, b * 2 as twice from uv_t where b > 5;
insert into uv_v (id, name, b) values (4, 'w', 40);
insert into uv_v values (5, 'q', 50);
insert into uv_v select 6, 'r', 60;
insert into uv_v (id) values (7) returning *;
insert into uv_v (id, b) values (8, 80) returning id, name, b, twice, b + 1, uv_v.name as other;
insert into uv_v as w (id, b) values (9, 90) returning w.*;
select * from uv_t order by id;
select * from uv_v order by id;
update uv_v set name = upper(name) where b < 30 returning *;
update uv_v set b = b + 1, name = name || '!' where twice = 60 returning id, name, b, twice;
update uv_v as k set b = k.twice where k.id = 1 returning k.b, k.twice;
update uv_v set name = default where id = 2 returning name;
update uv_v set b = 0 where id = 2 returning b;
update uv_v set b = 100 where id = 2;
delete from uv_v where name = 'q' returning uv_v.*;
delete from uv_v k where k.id = 6 returning twice;
update uv_v set b = (select max(b) from uv_v i where i.id < uv_v.id) where id = 4 returning b;
update uv_v set b = 7 where id in (select id from uv_t where hidden = 9 and b = 90) returning id, b;
delete from uv_v where exists (select 1 from uv_t where uv_t.id = uv_v.id and name = 'w!') returning id;
select id, a, b, hidden from uv_t order by id;
insert into uv_v (twice) values (1);
insert into uv_v values (11, 'a', 1, 2);
insert into uv_v values (11, 'a', 1, 2, 3);
update uv_v set twice = 1;
update uv_v set nope = 1;
insert into uv_v (hidden) values (1);
update uv_v set b = hidden;
update uv_v set b = 1 where hidden = 9;
update uv_v set b = 1 where uv_v.hidden = 9;
delete from uv_v where a = 'x';
update uv_v set b = uv_t.b;
delete from uv_v returning hidden;
insert into uv_v (id, b) values (1, 77) on conflict (id) do update set b = excluded.b, name = excluded.name || uv_v.name returning id, name, b;
insert into uv_v (id, b) values (1, 78) on conflict (id) do nothing;
insert into uv_v (id, b) values (1, 78) on conflict (id) do update set b = excluded.twice where uv_v.b > 5 returning b;
insert into uv_v (id, b) values (1, 78) on conflict on constraint uv_t_pkey do nothing;
insert into uv_v (id, b) values (1, 5) on conflict (twice) do nothing;
create table uv_o (id int, n int, b int);
insert into uv_o values (1, 500, 1), (3, 600, 1);
update uv_v set b = uv_o.n from uv_o where uv_o.id = uv_v.id returning uv_v.id, uv_v.b;
update uv_v set b = n from uv_o o where o.id = uv_v.id and b = 1;
delete from uv_v using uv_o where uv_o.id = uv_v.id and n = 600 returning uv_v.id;
select id, b from uv_t order by id;
---
CREATE TABLE
INSERT 0 3
CREATE VIEW
INSERT 0 1
INSERT 0 1
INSERT 0 1
7 | dflt | NULL | NULL
INSERT 0 1
8 | dflt | 80 | 160 | 81 | dflt
INSERT 0 1
9 | dflt | 90 | 180
INSERT 0 1
1 | x | 10 | 9
2 | y | 20 | 9
3 | z | 30 | 9
4 | w | 40 | 9
5 | q | 50 | 9
6 | r | 60 | 9
7 | dflt | NULL | 9
8 | dflt | 80 | 9
9 | dflt | 90 | 9
1 | x | 10 | 20
2 | y | 20 | 40
3 | z | 30 | 60
4 | w | 40 | 80
5 | q | 50 | 100
6 | r | 60 | 120
8 | dflt | 80 | 160
9 | dflt | 90 | 180
1 | X | 10 | 20
2 | Y | 20 | 40
UPDATE 2
3 | z! | 31 | 62
UPDATE 1
20 | 40
UPDATE 1
NULL
UPDATE 1
0
UPDATE 1
UPDATE 0
5 | q | 50 | 100
DELETE 1
120
DELETE 1
31
UPDATE 1
9 | 7
UPDATE 1
DELETE 0
1 | X | 20 | 9
2 | NULL | 0 | 9
3 | z! | 31 | 9
4 | w | 31 | 9
7 | dflt | NULL | 9
8 | dflt | 80 | 9
9 | dflt | 7 | 9
ERROR 0A000: cannot insert into column "twice" of view "uv_v"
DETAIL: View columns that are not columns of their base relation are not updatable.
ERROR 0A000: cannot insert into column "twice" of view "uv_v"
DETAIL: View columns that are not columns of their base relation are not updatable.
ERROR 42601: INSERT has more expressions than target columns at 41
ERROR 0A000: cannot update column "twice" of view "uv_v"
DETAIL: View columns that are not columns of their base relation are not updatable.
ERROR 42703: column "nope" of relation "uv_v" does not exist at 17
ERROR 42703: column "hidden" of relation "uv_v" does not exist at 19
ERROR 42703: column "hidden" does not exist at 21
ERROR 42703: column "hidden" does not exist at 29
ERROR 42703: column uv_v.hidden does not exist at 29
ERROR 42703: column "a" does not exist at 24
ERROR 42P01: missing FROM-clause entry for table "uv_t" at 21
ERROR 42703: column "hidden" does not exist at 28
1 | dfltX | 77
INSERT 0 1
INSERT 0 0
156
INSERT 0 1
ERROR 42704: constraint "uv_t_pkey" for table "uv_v" does not exist
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
CREATE TABLE
INSERT 0 2
3 | 600
1 | 500
UPDATE 2
ERROR 42702: column reference "b" is ambiguous at 60
3
DELETE 1
1 | 500
2 | 0
4 | 31
7 | NULL
8 | 80
9 | 7

# Views of views, in other schemas, of renamed tables and with other names for columns.
create table uw_t (id serial primary key, a int, s text);
create schema uw_s;
create view uw_s.one (k, v, w) as select id, a, s from uw_t where a > 0;
create view uw_two as select w as text, k as key, v + 1 as more, v from uw_s.one o where o.v < 100;
insert into uw_two (text, v) values ('p', 5), ('q', 500), ('r', -1);
select * from uw_t order by id;
select * from uw_two;
alter table uw_t rename column a to amount;
alter table uw_t rename to uw_r;
alter table uw_r add column extra int default 4;
update uw_two set v = v + 10, text = text || more returning *;
update uw_s.one set v = 3 where k = 2 returning *;
delete from uw_two where key = 1 returning text, more;
insert into uw_s.one values (10, 20, 'z') returning one.k;
select * from uw_r order by id;
drop view uw_two;
create view uw_star as select * from uw_r;
insert into uw_star values (20, 1, 's', 2) returning *;
create view uw_part as select id, id as again, s from uw_r;
insert into uw_part (id, again) values (1, 2);
update uw_part set id = 1, again = 2;
insert into uw_part (again) values (30) returning *;
create view uw_const as select 1 as one;
insert into uw_const values (2);
create view uw_none as select amount + 1 as x from uw_r;
insert into uw_none values (1);
update uw_none set x = 1;
delete from uw_none where x = 4;
create view uw_agg as select count(*) as n from uw_r;
delete from uw_agg;
create view uw_dist as select distinct s from uw_r;
insert into uw_dist values ('x');
create view uw_group as select s from uw_r group by s;
update uw_group set s = 'x';
create view uw_limit as select s from uw_r limit 1;
update uw_limit set s = 'x';
create view uw_union as select s from uw_r union all select s from uw_r;
delete from uw_union;
create view uw_join as select r.s from uw_r r join uw_r q on q.id = r.id;
delete from uw_join;
create view uw_with as with q as (select 1 as a) select s from uw_r;
delete from uw_with;
create view uw_win as select s, row_number() over () from uw_r;
delete from uw_win;
create view uw_srf as select id, generate_series(1, 2) from uw_r;
delete from uw_srf;
create view uw_call as select * from generate_series(1, 2) g;
delete from uw_call;
select table_name, is_updatable, is_insertable_into, check_option from information_schema.views where table_name like 'uw\_%' or table_name = 'one' order by 1;
select table_name, is_insertable_into from information_schema.tables where table_name like 'uw\_%' order by 1;
select column_name, is_updatable from information_schema.columns where table_name in ('uw_part', 'uw_none', 'uw_agg') order by table_name, ordinal_position;
select pg_relation_is_updatable('uw_part'::regclass, false), pg_relation_is_updatable('uw_none'::regclass, false), pg_relation_is_updatable('uw_agg'::regclass, false), pg_relation_is_updatable('uw_r'::regclass, true);
truncate uw_part;
drop schema uw_s cascade;
drop view uw_call, uw_const;
---
CREATE TABLE
CREATE SCHEMA
CREATE VIEW
CREATE VIEW
INSERT 0 3
1 | 5 | p
2 | 500 | q
3 | -1 | r
p | 1 | 6 | 5
ALTER TABLE
ALTER TABLE
ALTER TABLE
p6 | 1 | 16 | 15
UPDATE 1
2 | 3 | q
UPDATE 1
p6 | 16
DELETE 1
10
INSERT 0 1
2 | 3 | q | 4
3 | -1 | r | 4
10 | 20 | z | 4
DROP VIEW
CREATE VIEW
20 | 1 | s | 2
INSERT 0 1
CREATE VIEW
ERROR 42601: multiple assignments to same column "id"
ERROR 42601: multiple assignments to same column "id"
30 | 30 | NULL
INSERT 0 1
CREATE VIEW
ERROR 55000: cannot insert into view "uw_const"
DETAIL: Views that do not select from a single table or view are not automatically updatable.
HINT: To enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot insert into view "uw_none"
DETAIL: Views that have no updatable columns are not automatically updatable.
HINT: To enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule.
ERROR 55000: cannot update view "uw_none"
DETAIL: Views that have no updatable columns are not automatically updatable.
HINT: To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional ON UPDATE DO INSTEAD rule.
DELETE 1
CREATE VIEW
ERROR 55000: cannot delete from view "uw_agg"
DETAIL: Views that return aggregate functions are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot insert into view "uw_dist"
DETAIL: Views containing DISTINCT are not automatically updatable.
HINT: To enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot update view "uw_group"
DETAIL: Views containing GROUP BY are not automatically updatable.
HINT: To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional ON UPDATE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot update view "uw_limit"
DETAIL: Views containing LIMIT or OFFSET are not automatically updatable.
HINT: To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional ON UPDATE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot delete from view "uw_union"
DETAIL: Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot delete from view "uw_join"
DETAIL: Views that do not select from a single table or view are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot delete from view "uw_with"
DETAIL: Views containing WITH are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot delete from view "uw_win"
DETAIL: Views that return window functions are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot delete from view "uw_srf"
DETAIL: Views that return set-returning functions are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
CREATE VIEW
ERROR 55000: cannot delete from view "uw_call"
DETAIL: Views that do not select from a single table or view are not automatically updatable.
HINT: To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.
one | YES | YES | NONE
uw_agg | NO | NO | NONE
uw_call | NO | NO | NONE
uw_const | NO | NO | NONE
uw_dist | NO | NO | NONE
uw_group | NO | NO | NONE
uw_join | NO | NO | NONE
uw_limit | NO | NO | NONE
uw_none | NO | NO | NONE
uw_part | YES | YES | NONE
uw_srf | NO | NO | NONE
uw_star | YES | YES | NONE
uw_union | NO | NO | NONE
uw_win | NO | NO | NONE
uw_with | NO | NO | NONE
uw_agg | NO
uw_call | NO
uw_const | NO
uw_dist | NO
uw_group | NO
uw_join | NO
uw_limit | NO
uw_none | NO
uw_part | YES
uw_r | YES
uw_srf | NO
uw_star | YES
uw_union | NO
uw_win | NO
uw_with | NO
n | NO
x | NO
id | YES
again | YES
s | YES
28 | 16 | 0 | 28
ERROR 42809: "uw_part" is not a table
DETAIL: This operation is not supported for views.
DROP SCHEMA
DROP VIEW

# WITH CHECK OPTION: what is written through a view is a row of it.
create table uc_t (id int primary key, a int, s text);
create view uc_v as select * from uc_t where a > 10 with check option;
insert into uc_v values (1, 11, 'x');
insert into uc_v values (2, 10, 'y');
insert into uc_v values (2, null, 'y');
update uc_v set a = a - 5;
update uc_v set a = 50 returning a;
insert into uc_v values (1, 1, 'x') on conflict do nothing;
insert into uc_v values (1, 99, 'x') on conflict (id) do update set a = 1;
insert into uc_v values (1, 99, 'x') on conflict (id) do update set a = excluded.a returning a;
create view uc_w as select * from uc_v where a < 100 with local check option;
insert into uc_w values (3, 5, 'z');
insert into uc_w values (3, 105, 'z');
insert into uc_w values (3, 15, 'z');
create view uc_x as select id, a from uc_t where a > 0;
create view uc_y as select * from uc_x where a < 10 with local check option;
insert into uc_y values (4, -1);
insert into uc_y values (5, 11);
create view uc_z as select * from uc_x where a < 10 with cascaded check option;
insert into uc_z values (6, -1);
insert into uc_z values (6, 11);
insert into uc_z values (6, 5);
create view uc_p as select * from uc_z where a <> 7;
insert into uc_p values (7, 7);
insert into uc_p values (8, -8);
create or replace view uc_x as select id, a from uc_t where a > 0 with check option;
insert into uc_x values (9, 0);
create view uc_bad as select count(*) from uc_t with check option;
select table_name, check_option from information_schema.views where table_name like 'uc\_%' order by 1;
select * from uc_t order by id;
---
CREATE TABLE
CREATE VIEW
INSERT 0 1
ERROR 44000: new row violates check option for view "uc_v"
DETAIL: Failing row contains (2, 10, y).
ERROR 44000: new row violates check option for view "uc_v"
DETAIL: Failing row contains (2, null, y).
ERROR 44000: new row violates check option for view "uc_v"
DETAIL: Failing row contains (1, 6, x).
50
UPDATE 1
INSERT 0 0
ERROR 44000: new row violates check option for view "uc_v"
DETAIL: Failing row contains (1, 1, x).
99
INSERT 0 1
CREATE VIEW
ERROR 44000: new row violates check option for view "uc_v"
DETAIL: Failing row contains (3, 5, z).
ERROR 44000: new row violates check option for view "uc_w"
DETAIL: Failing row contains (3, 105, z).
INSERT 0 1
CREATE VIEW
CREATE VIEW
INSERT 0 1
ERROR 44000: new row violates check option for view "uc_y"
DETAIL: Failing row contains (5, 11, null).
CREATE VIEW
ERROR 44000: new row violates check option for view "uc_x"
DETAIL: Failing row contains (6, -1, null).
ERROR 44000: new row violates check option for view "uc_z"
DETAIL: Failing row contains (6, 11, null).
INSERT 0 1
CREATE VIEW
INSERT 0 1
ERROR 44000: new row violates check option for view "uc_x"
DETAIL: Failing row contains (8, -8, null).
CREATE VIEW
ERROR 44000: new row violates check option for view "uc_x"
DETAIL: Failing row contains (9, 0, null).
ERROR 0A000: WITH CHECK OPTION is supported only on automatically updatable views
HINT: Views that return aggregate functions are not automatically updatable.
uc_p | NONE
uc_v | CASCADED
uc_w | LOCAL
uc_x | CASCADED
uc_y | LOCAL
uc_z | CASCADED
1 | 99 | x
3 | 15 | z
4 | -1 | NULL
6 | 5 | NULL
7 | 7 | NULL
