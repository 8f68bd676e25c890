# A column keeps its collation: shown in the catalog, copied by LIKE, changed by ALTER, which takes nothing else behind a type.
create table k (a text collate "C", b text collate "POSIX", c text collate "default", d varchar(10) collate pg_catalog."C", e text[] collate "C", f text, g text[], h name, i int);
select attname, collname, attcollation from pg_attribute left join pg_collation c on c.oid = attcollation where attrelid = 'k'::regclass and attnum > 0 and attnum < 5 order by attnum;
select attname, collname, attcollation from pg_attribute left join pg_collation c on c.oid = attcollation where attrelid = 'k'::regclass and attnum > 4 order by attnum;
select column_name, collation_name, collation_schema from information_schema.columns where table_name = 'k' order by ordinal_position;
select indexname, indexdef from pg_indexes where tablename = 'k' order by 1;
create table k8 (like k);
alter table k alter a type text;
alter table k alter b type varchar(10) collate "C";
alter table k alter f type text collate "POSIX";
alter table k add column z text collate "C" default 'x' not null;
select attname, collname from pg_attribute left join pg_collation c on c.oid = attcollation where attrelid = 'k'::regclass and attnum > 0 and attname in ('a','b') order by attnum;
select attname, collname from pg_attribute left join pg_collation c on c.oid = attcollation where attrelid = 'k'::regclass and attnum > 0 and attname in ('f','z') order by attnum;
select attname, collname from pg_attribute left join pg_collation c on c.oid = attcollation where attrelid = 'k8'::regclass and attnum > 0 and attname in ('a','b', 'f') order by attnum;
alter table k alter column a type varchar(100) unique;
alter table k alter column a type varchar(20) not null;
alter table k alter column a set data type text default 'x';
create table wrong (i int collate "C");
create table wrong (t text collate "de_DE");
select typname, typcollation from pg_type where typname in ('text', 'name', '_text', '_name', 'bpchar', 'varchar', 'int4', '_int4') order by typname;
---
CREATE TABLE
a | C | 950
b | POSIX | 951
c | default | 100
d | C | 950
e | C | 950
f | default | 100
g | default | 100
h | C | 950
i | NULL | 0
a | C | pg_catalog
b | POSIX | pg_catalog
c | NULL | NULL
d | C | pg_catalog
e | C | pg_catalog
f | NULL | NULL
g | NULL | NULL
h | C | pg_catalog
i | NULL | NULL
(no rows)
CREATE TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
a | default
b | C
f | POSIX
z | C
a | C
b | POSIX
f | default
ERROR 42601: syntax error at or near "unique" at 48
ERROR 42601: syntax error at or near "not" at 47
ERROR 42601: syntax error at or near "default" at 49
ERROR 42804: collations are not supported by type integer at 27
ERROR 42704: collation "de_DE" for encoding "UTF8" does not exist at 28
_int4 | 0
_name | 950
_text | 100
bpchar | 100
int4 | 0
name | 950
text | 100
varchar | 100
