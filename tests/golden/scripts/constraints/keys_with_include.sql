# UNIQUE and PRIMARY KEY take columns along (INCLUDE) and options of their index (WITH), and are shown with both.
create table b (id int, n text, unique (id) include (n));
create table b1 (id int, n text, primary key (id) include (n));
create table b2 (id int primary key, n text unique with (fillfactor=70));
create table b3 (id int unique with (fillfactor=700));
create table b3 (id int unique with (fastupdate=on));
create table b3 (id int, unique (id) include (x));
create table b4 (id int, n text, v int, constraint b4u unique nulls not distinct (id) include (n, v) with (deduplicate_items = off) deferrable);
alter table b2 add constraint bx unique (id) include (n);
alter table b2 add unique (id) include (n) with (fillfactor = 80);
insert into b values (1, 'a'), (1, 'b');
insert into b1 values (1, 'a'), (2, 'a');
insert into b1 values (1, 'b') on conflict (id) do update set n = excluded.n returning *;
select indexname, indexdef from pg_indexes where tablename in ('b','b1') order by 1;
select indexname, indexdef from pg_indexes where tablename in ('b2','b4') order by 1;
select conname, pg_get_constraintdef(oid), conkey from pg_constraint where contype <> 'n' and conrelid in (select oid from pg_class where relname in ('b','b1','b2','b4')) order by 1;
select column_name from information_schema.key_column_usage where table_name = 'b4';
alter table b4 drop column v;
select count(*) from pg_indexes where tablename = 'b4';
---
CREATE TABLE
CREATE TABLE
CREATE TABLE
ERROR 22023: value 700 out of bounds for option "fillfactor"
DETAIL: Valid values are between "10" and "100".
ERROR 22023: unrecognized parameter "fastupdate"
ERROR 42703: column "x" named in key does not exist at 26
CREATE TABLE
ALTER TABLE
ALTER TABLE
ERROR 23505: duplicate key value violates unique constraint "b_id_n_key"
DETAIL: Key (id)=(1) already exists.
INSERT 0 2
1 | b
INSERT 0 1
b1_pkey | CREATE UNIQUE INDEX b1_pkey ON public.b1 USING btree (id) INCLUDE (n)
b_id_n_key | CREATE UNIQUE INDEX b_id_n_key ON public.b USING btree (id) INCLUDE (n)
b2_id_n_key | CREATE UNIQUE INDEX b2_id_n_key ON public.b2 USING btree (id) INCLUDE (n) WITH (fillfactor='80')
b2_n_key | CREATE UNIQUE INDEX b2_n_key ON public.b2 USING btree (n) WITH (fillfactor='70')
b2_pkey | CREATE UNIQUE INDEX b2_pkey ON public.b2 USING btree (id)
b4u | CREATE UNIQUE INDEX b4u ON public.b4 USING btree (id) INCLUDE (n, v) NULLS NOT DISTINCT WITH (deduplicate_items=off)
bx | CREATE UNIQUE INDEX bx ON public.b2 USING btree (id) INCLUDE (n)
b1_pkey | PRIMARY KEY (id) INCLUDE (n) | {1}
b2_id_n_key | UNIQUE (id) INCLUDE (n) | {1}
b2_n_key | UNIQUE (n) | {2}
b2_pkey | PRIMARY KEY (id) | {1}
b4u | UNIQUE NULLS NOT DISTINCT (id) INCLUDE (n, v) DEFERRABLE | {1}
b_id_n_key | UNIQUE (id) INCLUDE (n) | {1}
bx | UNIQUE (id) INCLUDE (n) | {1}
id
ALTER TABLE
0
