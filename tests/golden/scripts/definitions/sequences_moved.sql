# A sequence gets another name or schema, and goes on.
create sequence sm_a start 5;
create table sm_t (id int default nextval('sm_a'), s serial);
insert into sm_t default values;
alter sequence sm_a rename to sm_b;
select nextval('sm_b');
insert into sm_t default values returning id;
create schema sm_s;
alter sequence sm_b set schema sm_s;
select nextval('sm_s.sm_b');
insert into sm_t default values returning id;
select nextval('sm_b');
alter sequence sm_s.sm_b rename to sm_c;
alter sequence sm_none rename to x;
alter sequence if exists sm_none rename to x;
alter sequence sm_t rename to x;
create sequence sm_d;
alter sequence sm_d rename to sm_t;
alter sequence sm_d owned by sm_t.id;
alter sequence sm_d set schema sm_s;
alter sequence sm_d set schema sm_none;
alter sequence sm_d owner to nobody_there;
alter sequence sm_d owner to current_user;
drop table sm_t;
drop schema sm_s cascade;
---
CREATE SEQUENCE
CREATE TABLE
INSERT 0 1
ALTER SEQUENCE
6
7
INSERT 0 1
CREATE SCHEMA
ALTER SEQUENCE
8
9
INSERT 0 1
ERROR 42P01: relation "sm_b" does not exist at 16
ALTER SEQUENCE
ERROR 42P01: relation "sm_none" does not exist
ALTER SEQUENCE
ERROR 42809: "sm_t" is not a sequence
CREATE SEQUENCE
ERROR 42P07: relation "sm_t" already exists
ALTER SEQUENCE
ERROR 0A000: cannot move an owned sequence into another schema
DETAIL: Sequence "sm_d" is linked to table "sm_t".
ERROR 0A000: cannot move an owned sequence into another schema
DETAIL: Sequence "sm_d" is linked to table "sm_t".
ERROR 42704: role "nobody_there" does not exist
ALTER SEQUENCE
DROP TABLE
DROP SCHEMA
