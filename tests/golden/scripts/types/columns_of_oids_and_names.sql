# Columns of oid and name: OIDs have no sign and no arithmetic, names end behind 63 bytes.
create table oids (a oid, b name, c oid[], d name[]);
create table oids2 (a oid primary key, b name unique, c int);
insert into oids values (4294967295, 'a', '{1,2}', '{x,y}'), (0, repeat('x', 70), null, null), (-1, 'b', '{}', '{}'), (null, null, null, null), (5, 'c', null, null);
insert into oids values (4294967296, 'a', '{1,2}', '{x,y}');
insert into oids values ('4294967296', 'a', '{1,2}', '{x,y}');
insert into oids values ('abc', 'a', '{1,2}', '{x,y}');
insert into oids values ('7'::text, 'a', '{1,2}', '{x,y}');
select * from oids order by a, b;
select a from oids where a = 5;
select a from oids where a = 4294967295;
select a from oids where a = -1;
select a from oids where a = 4294967300;
select a from oids where a > 4 order by a desc;
select a from oids where a > 4::bigint order by a desc;
select a from oids where a < 4::smallint order by a desc;
select a from oids where a in (5, 0) order by a;
select b, length(b) from oids where b = 'a' or b > 'w';
select b || 'x', b::text, upper(b) from oids where b = 'c'::text;
select a + 1 from oids;
select a::int from oids where a = 5;
select a::bigint + 1 from oids where a = 4294967295;
select a::int from oids where a = 4294967295;
select min(a), max(a), count(distinct a), min(b), max(b) from oids;
select a, count(*) from oids group by a order by a;
insert into oids2 values (1, 'a', 1), (2, 'b', 2), (3000000000, 'c', 3);
insert into oids2 values (1, 'z', 1);
insert into oids2 values (9, 'a', 1);
insert into oids2 values (null, 'q', 1);
insert into oids2 values (1, 'z', 5) on conflict (a) do update set b = excluded.b returning *;
select * from oids2 where a = 3000000000;
select * from oids2 where b = 'c';
create index on oids2 (a, b);
create index on oids (a);
create index on oids (b);
update oids2 set a = a::bigint + 1 where a = 2;
update oids2 set a = 7 where a = 2;
select oids2.b from oids2 where b = any(array['a', 'c']) order by b;
select oids2.b from oids2 where b like 'c%';
select * from oids join oids2 on oids.a = oids2.a;
select attname, format_type(atttypid, atttypmod), atttypid from pg_attribute where attrelid = 'oids'::regclass and attnum > 0 order by attnum;
select column_name, data_type, udt_name, character_maximum_length, numeric_precision from information_schema.columns where table_name = 'oids' order by ordinal_position;
alter table oids2 alter c type oid;
alter table oids2 alter a type bigint;
alter table oids2 alter b type text;
select * from oids2 order by a;
alter table oids2 alter b type name;
alter table oids2 alter a type oid;
create table oids3 as select oid, relname from pg_class where relname in ('oids', 'oids2');
select relname, oid = relname::regclass from oids3 order by 1;
create table oids4 (a oid default 5, b name default current_user, c name check (c <> 'x'), foreign key (a) references oids2 (a));
insert into oids4 (c) values ('x');
insert into oids4 (c) values ('y');
insert into oids4 (a, c) values (1, 'y');
select a, c from oids4;
create table oids6 (a oid generated always as identity);
create table oids7 (a text references oids2 (b));
select array_agg(a order by a) from oids where a < 100;
select json_agg(oids2) from oids2;
select (oids2).a from oids2 where a = 1;
create type otc as (a oid, b name);
create domain otd as oid check (value > 3);
select 2::otd;
select a / 2 from oids;
select a % 2 from oids;
select sum(a) from oids;
select avg(a) from oids;
select a between 1 and 5 from oids order by a;
select case when a = 5 then a else 3 end from oids order by 1;
select coalesce(a, 3) from oids order by 1;
create table oid_names (t text, n name, o oid);
insert into oid_names values ('oid_names', 'oid_names', 1);
select t::regclass = 'oid_names'::regclass from oid_names;
select n::regclass = 'oid_names'::regclass from oid_names;
select n::text::regclass = 'oid_names'::regclass from oid_names;
select n::regtype from (select 'int4'::name as n) s;
create unique index rxi on oid_names (n, o);
select c.opcname from pg_index i join pg_opclass c on c.oid = any(i.indclass) where i.indexrelid = 'rxi'::regclass order by 1;
select pg_typeof(o), pg_typeof(n) from oid_names;
drop table oids4, oids3, oids2, oids, oid_names;
drop type otc;
drop domain otd;
---
CREATE TABLE
CREATE TABLE
INSERT 0 5
ERROR 22003: OID out of range
ERROR 22003: value "4294967296" is out of range for type oid at 26
ERROR 22P02: invalid input syntax for type oid: "abc" at 26
ERROR 42804: column "a" is of type oid but expression is of type text at 26
HINT: You will need to rewrite or cast the expression.
0 | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | NULL | NULL
5 | c | NULL | NULL
4294967295 | a | {1,2} | {x,y}
4294967295 | b | {} | {}
NULL | NULL | NULL | NULL
5
4294967295, 4294967295
4294967295, 4294967295
ERROR 22003: OID out of range
4294967295, 4294967295, 5
4294967295, 4294967295, 5
0
0, 5
a | 1
xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | 63
cx | c | C
ERROR 42883: operator does not exist: oid + integer at 10
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
5
4294967296, 4294967296
-1, -1
0 | 4294967295 | 3 | a | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
0 | 1
5 | 1
4294967295 | 2
NULL | 1
INSERT 0 3
ERROR 23505: duplicate key value violates unique constraint "oids2_pkey"
DETAIL: Key (a)=(1) already exists.
ERROR 23505: duplicate key value violates unique constraint "oids2_b_key"
DETAIL: Key (b)=(a) already exists.
ERROR 23502: null value in column "a" of relation "oids2" violates not-null constraint
DETAIL: Failing row contains (null, q, 1).
1 | z | 1
INSERT 0 1
3000000000 | c | 3
3000000000 | c | 3
CREATE INDEX
CREATE INDEX
CREATE INDEX
UPDATE 1
UPDATE 0
c
c
(no rows)
a | oid | 26
b | name | 19
c | oid[] | 1028
d | name[] | 1003
a | oid | oid | NULL | NULL
b | name | name | NULL | NULL
c | ARRAY | _oid | NULL | NULL
d | ARRAY | _name | NULL | NULL
ALTER TABLE
ALTER TABLE
ALTER TABLE
1 | z | 1
3 | b | 2
3000000000 | c | 3
ALTER TABLE
ALTER TABLE
SELECT 2
oids | t
oids2 | t
CREATE TABLE
ERROR 23514: new row for relation "oids4" violates check constraint "oids4_c_check"
DETAIL: Failing row contains (5, vql, x).
ERROR 23503: insert or update on table "oids4" violates foreign key constraint "oids4_a_fkey"
DETAIL: Key (a)=(5) is not present in table "oids2".
INSERT 0 1
1 | y
ERROR 22023: identity column type must be smallint, integer, or bigint
CREATE TABLE
{0,5}
[{"a":"3000000000","b":"c","c":"3"}, 
 {"a":"1","b":"z","c":"1"}, 
 {"a":"3","b":"b","c":"2"}]
1
CREATE TYPE
CREATE DOMAIN
ERROR 23514: value for domain otd violates check constraint "otd_check"
ERROR 42883: operator does not exist: oid / integer at 10
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: oid % integer at 10
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function sum(oid) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function avg(oid) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
f, t, f, f, NULL
3, 3, 3, 3, 5
0, 3, 5, 4294967295, 4294967295
CREATE TABLE
INSERT 0 1
t
t
t
integer
CREATE INDEX
name_ops, oid_ops
oid | name
ERROR 2BP01: cannot drop desired object(s) because other objects depend on them
DETAIL: constraint oids7_a_fkey on table oids7 depends on table oids2
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TYPE
DROP DOMAIN
