# What a column was added with, and its default, follow the type when its labels and fields change.
create type k as enum ('a', 'x');
create table t (id int);
insert into t values (1);
alter table t add column c k default 'a';
alter type k rename value 'a' to 'b';
select * from t order by id;
create type p as (x int, y int);
alter table t add column d p default '(1,2)', add column e p[] default '{"(1,2)"}';
alter type p add attribute z text;
select * from t order by id;
alter type p drop attribute x;
select * from t order by id;
insert into t (id) values (2);
select * from t order by id;
alter table t alter c set default 'x'::k;
alter type k rename value 'x' to 'y''s';
insert into t (id) values (3);
select * from t order by id;
alter type p rename attribute y to yy;
select (d).yy, (e[1]).z from t order by id;
---
CREATE TYPE
CREATE TABLE
INSERT 0 1
ALTER TABLE
ALTER TYPE
1 | b
CREATE TYPE
ALTER TABLE
ALTER TYPE
1 | b | (1,2,) | {"(1,2,)"}
ALTER TYPE
1 | b | (2,) | {"(2,)"}
INSERT 0 1
1 | b | (2,) | {"(2,)"}
2 | b | (2,) | {"(2,)"}
ALTER TABLE
ALTER TYPE
INSERT 0 1
1 | b | (2,) | {"(2,)"}
2 | b | (2,) | {"(2,)"}
3 | y's | (2,) | {"(2,)"}
ALTER TYPE
2 | NULL
2 | NULL
2 | NULL
