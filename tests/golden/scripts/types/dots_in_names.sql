# A dot within quotes is part of the name of a type.
create domain "D.ot" as int check (value > 0);
create schema "S.c";
create type "S.c"."E.n" as enum ('a', 'b');
create table dotted (a "D.ot", b "S.c"."E.n", c "S.c"."E.n"[]);
select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'dotted'::regclass and attnum > 0;
select 1::"D.ot", 'a'::"S.c"."E.n", array['a']::"S.c"."E.n"[];
select 1::"no.t";
drop table dotted;
drop schema "S.c" cascade;
drop domain "D.ot";
---
CREATE DOMAIN
CREATE SCHEMA
CREATE TYPE
CREATE TABLE
a | "D.ot"
b | "S.c"."E.n"
c | "S.c"."E.n"[]
1 | a | {a}
ERROR 42704: type "no.t" does not exist at 11
DROP TABLE
DROP SCHEMA
DROP DOMAIN
