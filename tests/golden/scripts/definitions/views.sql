# Views: their columns, what they read whatever becomes of it, and what depends on them.
create table t (id int primary key, a text, b int, v vector(2));
insert into t values (1,'x',10,'[1,1]'),(2,'y',20,'[2,2]'),(3,'x',30,'[3,3]');
create view v1 as select id, a, b from t where b > 10;
select * from v1 order by id;
select v1.id, public.v1.a from v1 order by 1;
select x.id from v1 x where x.a='y';
select count(*) from v1;
select * from v1 join t on t.id=v1.id order by 1;
create view v1 as select 1;
create or replace view v1 as select id, a from t;
create or replace view v1 as select id, a, b, v from t;
select * from v1 order by id;
create or replace view v1 as select id, a as z, b, v from t;
create or replace view v1 as select id, b::text as a, b, v from t;
create or replace view v1 as select id, b as a, b, v from t;
create view v2 (i, s) as select id, a || '!' from v1;
select * from v2 order by i;
create view v3 as with v1 as (select 5 as q) select * from v1;
select * from v3;
create view v4 as select * from t;
alter table t add column c int default 7;
select * from v4 order by id;
alter table t rename to tt;
select * from v4 order by id;
select * from v2 order by 1;
alter table tt rename column a to aa;
select * from v4 order by id;
select a from v4 where a = 'x' order by 1;
alter table tt rename to t;
drop table t;
drop view v1;
drop view v1, v2;
create view v1 as select id, aa from t;
create view v2 as select id from v1;
drop table v2;
drop view t;
drop view nope;
drop view if exists nope;
drop view if exists nosuch.nope;
alter table t drop column aa;
alter table t drop column c;
create view vb as select b+1 as bb from t;
alter table t drop column b;
alter table t drop column b cascade;
select * from vb;
select * from v2 order by 1;
drop view v2;
drop view v1;
drop view v3;
drop view v4;
drop table t;
---
CREATE TABLE
INSERT 0 3
CREATE VIEW
2 | y | 20
3 | x | 30
2 | y
3 | x
2
2
2 | y | 20 | 2 | y | 20 | [2,2]
3 | x | 30 | 3 | x | 30 | [3,3]
ERROR 42P07: relation "v1" already exists
ERROR 42P16: cannot drop columns from view
CREATE VIEW
1 | x | 10 | [1,1]
2 | y | 20 | [2,2]
3 | x | 30 | [3,3]
ERROR 42P16: cannot change name of view column "a" to "z"
HINT: Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.
CREATE VIEW
ERROR 42P16: cannot change data type of view column "a" from text to integer
CREATE VIEW
1 | 10!
2 | 20!
3 | 30!
CREATE VIEW
5
CREATE VIEW
ALTER TABLE
1 | x | 10 | [1,1]
2 | y | 20 | [2,2]
3 | x | 30 | [3,3]
ALTER TABLE
1 | x | 10 | [1,1]
2 | y | 20 | [2,2]
3 | x | 30 | [3,3]
1 | 10!
2 | 20!
3 | 30!
ALTER TABLE
1 | x | 10 | [1,1]
2 | y | 20 | [2,2]
3 | x | 30 | [3,3]
x, x
ALTER TABLE
ERROR 2BP01: cannot drop table t because other objects depend on it
DETAIL: view v1 depends on table t
view v4 depends on table t
view v2 depends on view v1
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop view v1 because other objects depend on it
DETAIL: view v2 depends on view v1
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP VIEW
CREATE VIEW
CREATE VIEW
ERROR 42809: "v2" is not a table
HINT: Use DROP VIEW to remove a view.
ERROR 42809: "t" is not a view
HINT: Use DROP TABLE to remove a table.
ERROR 42P01: view "nope" does not exist
DROP VIEW
DROP VIEW
ERROR 2BP01: cannot drop column aa of table t because other objects depend on it
DETAIL: view v1 depends on column aa of table t
view v4 depends on column aa of table t
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER TABLE
CREATE VIEW
ERROR 2BP01: cannot drop column b of table t because other objects depend on it
DETAIL: view v4 depends on column b of table t
view vb depends on column b of table t
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER TABLE
ERROR 42P01: relation "vb" does not exist at 15
1, 2, 3
DROP VIEW
DROP VIEW
DROP VIEW
ERROR 42P01: view "v4" does not exist
DROP TABLE
