# Sequences: their numbers, options, owners and the defaults that are of them.
create sequence s;
select nextval('s'), nextval('s');
select currval('s'), lastval();
select setval('s', 10), nextval('s');
select setval('s', 20, false);
select nextval('s');
select setval('s', 0);
create sequence s;
create sequence if not exists s;
create sequence d increment by -2 maxvalue 5 minvalue -1 start 3;
select nextval('d'), nextval('d'), nextval('d');
select nextval('d');
create sequence c minvalue 1 maxvalue 3 cycle;
select nextval('c') from generate_series(1,5);
create sequence z increment 0;
create sequence z minvalue 5 maxvalue 4;
create sequence z start 0;
create sequence z as smallint maxvalue 100000;
create sequence z as text;
create sequence z cache 0;
create sequence sm as smallint;
select sequence_name, data_type, numeric_precision, start_value, minimum_value, maximum_value, increment, cycle_option from information_schema.sequences order by 1;
create table t (id bigint primary key default nextval('s'), a text);
insert into t (a) values ('x'), ('y') returning id;
insert into t (a) select 'q' from generate_series(1,3) returning id;
insert into t values (default, 'z') returning id;
insert into t values (nextval('s'), 'w') returning id;
select column_default from information_schema.columns where table_name = 't' and column_name = 'id';
drop sequence s;
create schema n;
create sequence n.s start 100;
create table n.t (id int default nextval('n.s'), b int);
insert into n.t (b) values (1) returning id;
set search_path = n;
select nextval('s');
insert into public.t (a) values ('v') returning id;
create table t2 (id int default nextval('s'), b int);
reset search_path;
insert into n.t2 (b) values (1) returning id;
alter schema n rename to m;
insert into m.t2 (b) values (1) returning id;
select nextval('m.s');
alter sequence s restart;
select nextval('s');
alter sequence s restart with 50 increment by 5;
select nextval('s'), nextval('s');
alter sequence s maxvalue 10;
alter sequence s as integer;
alter sequence nope restart;
alter sequence if exists nope restart;
begin;
select nextval('s') is not null;
rollback;
select nextval('s');
begin;
alter sequence s restart with 1;
select nextval('s');
rollback;
select nextval('s');
create sequence own owned by t.id;
select relname, relkind from pg_class where relname in ('own', 's') and relnamespace = 'public'::regnamespace order by 1;
select currval('sm');
drop sequence t;
drop sequence nope;
drop sequence if exists nope;
drop sequence s cascade;
insert into t (a) values ('x');
drop table t;
select count(*) from pg_class where relname = 'own';
drop sequence d, c, sm;
alter table nope alter x set default nextval('q');
create table u (id int, b int);
create sequence us;
alter table u alter id set default nextval('us');
insert into u (b) values (1), (2) returning id;
create table us (a int);
drop table us;
drop sequence u;
drop table u;
drop sequence us;
drop table m.t, m.t2;
drop schema m cascade;
---
CREATE SEQUENCE
1 | 2
2 | 2
10 | 11
20
20
ERROR 22003: setval: value 0 is out of bounds for sequence "s" (1..9223372036854775807)
ERROR 42P07: relation "s" already exists
CREATE SEQUENCE
CREATE SEQUENCE
3 | 1 | -1
ERROR 2200H: nextval: reached minimum value of sequence "d" (-1)
CREATE SEQUENCE
1, 2, 3, 1, 2
ERROR 22023: INCREMENT must not be zero
ERROR 22023: MINVALUE (5) must be less than MAXVALUE (4)
ERROR 22023: START value (0) cannot be less than MINVALUE (1)
ERROR 22023: MAXVALUE (100000) is out of range for sequence data type smallint
ERROR 22023: sequence type must be smallint, integer, or bigint
ERROR 22023: CACHE (0) must be greater than zero
CREATE SEQUENCE
c | bigint | 64 | 1 | 1 | 3 | 1 | YES
d | bigint | 64 | 3 | -1 | 5 | -2 | NO
s | bigint | 64 | 1 | 1 | 9223372036854775807 | 1 | NO
sm | smallint | 16 | 1 | 1 | 32767 | 1 | NO
CREATE TABLE
21
22
INSERT 0 2
23
24
25
INSERT 0 3
26
INSERT 0 1
27
INSERT 0 1
nextval('s'::regclass)
ERROR 2BP01: cannot drop sequence s because other objects depend on it
DETAIL: default value for column id of table t depends on sequence s
HINT: Use DROP ... CASCADE to drop the dependent objects too.
CREATE SCHEMA
CREATE SEQUENCE
CREATE TABLE
100
INSERT 0 1
SET
101
28
INSERT 0 1
CREATE TABLE
RESET
102
INSERT 0 1
ALTER SCHEMA
103
INSERT 0 1
104
ALTER SEQUENCE
1
ALTER SEQUENCE
50 | 55
ERROR 22023: RESTART value (55) cannot be greater than MAXVALUE (10)
ALTER SEQUENCE
ERROR 42P01: relation "nope" does not exist
ALTER SEQUENCE
BEGIN
t
ROLLBACK
65
BEGIN
ALTER SEQUENCE
1
ROLLBACK
70
CREATE SEQUENCE
own | S
s | S
ERROR 55000: currval of sequence "sm" is not yet defined in this session
ERROR 42809: "t" is not a sequence
ERROR 42P01: sequence "nope" does not exist
DROP SEQUENCE
DROP SEQUENCE
ERROR 23502: null value in column "id" of relation "t" violates not-null constraint
DETAIL: Failing row contains (null, x).
DROP TABLE
0
DROP SEQUENCE
ERROR 42P01: relation "nope" does not exist
CREATE TABLE
CREATE SEQUENCE
ALTER TABLE
1
2
INSERT 0 2
ERROR 42P07: relation "us" already exists
ERROR 42809: "us" is not a table
HINT: Use DROP SEQUENCE to remove a sequence.
ERROR 42809: "u" is not a sequence
DROP TABLE
DROP SEQUENCE
DROP TABLE
DROP SCHEMA

# What a sequence goes with may have numbers taken by others.
CREATE TABLE sa (id int);
CREATE SEQUENCE sq OWNED BY sa.id;
CREATE TABLE sb (x int DEFAULT nextval('sq'), y int);
INSERT INTO sb (y) VALUES (1), (2);
DROP TABLE sa;
DROP TABLE sa CASCADE;
INSERT INTO sb (y) VALUES (3);
SELECT * FROM sb ORDER BY y;
CREATE SEQUENCE sq2 OWNED BY sb.x;
ALTER TABLE sb ALTER y SET DEFAULT nextval('sq2');
ALTER TABLE sb DROP COLUMN x;
ALTER TABLE sb DROP COLUMN x CASCADE;
INSERT INTO sb DEFAULT VALUES;
SELECT * FROM sb ORDER BY y;
DROP TABLE sb;
---
CREATE TABLE
CREATE SEQUENCE
CREATE TABLE
INSERT 0 2
ERROR 2BP01: cannot drop table sa because other objects depend on it
DETAIL: default value for column x of table sb depends on sequence sq
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TABLE
INSERT 0 1
1 | 1
2 | 2
NULL | 3
CREATE SEQUENCE
ALTER TABLE
ERROR 2BP01: cannot drop column x of table sb because other objects depend on it
DETAIL: default value for column y of table sb depends on sequence sq2
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER TABLE
INSERT 0 1
1, 2, 3, NULL
DROP TABLE
