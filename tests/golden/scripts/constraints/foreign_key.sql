# What a row refers to is there; what is referred to stays, or what refers to it has done what is said.
create table p (id int primary key, name text unique, a int, b int, unique (a, b));
create table c (id int primary key, p int references p, n text references p(name) on delete set null on update cascade);
insert into p values (1, 'x', 1, 1), (2, 'y', 1, 2), (3, 'z', 2, 2);
insert into c values (1, 1, 'x'), (2, 2, null), (3, null, 'y');
insert into c values (4, 9, null);
insert into c values (4, null, 'q'), (5, 9, 'z');
update c set p = 7 where id = 1;
delete from p where id = 1;
update p set id = 10 where id = 2;
update p set id = 10 where id = 3;
delete from p where id = 10;
update p set name = 'yy' where id = 2;
select * from c order by id;
delete from c where id = 2;
delete from p where id = 2;
select * from c order by id;
select * from p order by id;
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 3
ERROR 23503: insert or update on table "c" violates foreign key constraint "c_p_fkey"
DETAIL: Key (p)=(9) is not present in table "p".
ERROR 23503: insert or update on table "c" violates foreign key constraint "c_p_fkey"
DETAIL: Key (p)=(9) is not present in table "p".
ERROR 23503: insert or update on table "c" violates foreign key constraint "c_p_fkey"
DETAIL: Key (p)=(7) is not present in table "p".
ERROR 23503: update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c"
DETAIL: Key (id)=(1) is still referenced from table "c".
ERROR 23503: update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c"
DETAIL: Key (id)=(2) is still referenced from table "c".
UPDATE 1
DELETE 1
UPDATE 1
1 | 1 | x
2 | 2 | NULL
3 | NULL | yy
DELETE 1
DELETE 1
1 | 1 | x
3 | NULL | NULL
1 | x | 1 | 1

# A key of several columns; a NULL in it refers to nothing.
create table c2 (x int, y int, foreign key (x, y) references p (a, b) on delete cascade on update cascade);
insert into c2 values (1, 1), (1, null), (null, 5), (1, 1);
insert into c2 values (1, 2);
update p set a = 5 where id = 1;
select * from c2 order by 1, 2;
update c set p = null;
delete from p;
select * from c2 order by 1, 2;
select * from c order by 1;
insert into p values (1, 'x', 1, 1);
insert into c values (10, 1, null);
---
CREATE TABLE
INSERT 0 4
ERROR 23503: insert or update on table "c2" violates foreign key constraint "c2_x_y_fkey"
DETAIL: Key (x, y)=(1, 2) is not present in table "p".
UPDATE 1
1 | NULL
5 | 1
5 | 1
NULL | 5
UPDATE 2
DELETE 1
1 | NULL
NULL | 5
1 | NULL | NULL
3 | NULL | NULL
INSERT 0 1
INSERT 0 1

# TRUNCATE and DROP take what refers along, or nothing.
truncate p;
truncate p, c, c2;
insert into p values (1, 'x', 1, 1);
insert into c values (10, 1, null);
insert into c values (11, 2, null);
truncate p cascade;
select count(*) from c;
insert into c values (10, 1, null);
drop table p;
alter table p drop constraint p_pkey;
alter table p drop column a;
alter table p drop constraint p_pkey cascade;
insert into c values (10, 77, null);
alter table p add primary key (id);
alter table c add foreign key (p) references p;
alter table c add constraint later foreign key (p) references p not valid;
insert into c values (12, 78, null);
alter table c validate constraint later;
insert into p values (77, 'm');
alter table c validate constraint later;
---
ERROR 0A000: cannot truncate a table referenced in a foreign key constraint
DETAIL: Table "c" references "p".
HINT: Truncate table "c" at the same time, or use TRUNCATE ... CASCADE.
TRUNCATE TABLE
INSERT 0 1
INSERT 0 1
ERROR 23503: insert or update on table "c" violates foreign key constraint "c_p_fkey"
DETAIL: Key (p)=(2) is not present in table "p".
TRUNCATE TABLE
0
ERROR 23503: insert or update on table "c" violates foreign key constraint "c_p_fkey"
DETAIL: Key (p)=(1) is not present in table "p".
ERROR 2BP01: cannot drop table p because other objects depend on it
DETAIL: constraint c_p_fkey on table c depends on table p
constraint c_n_fkey on table c depends on table p
constraint c2_x_y_fkey on table c2 depends on table p
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop constraint p_pkey on table p because other objects depend on it
DETAIL: constraint c_p_fkey on table c depends on index p_pkey
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop column a of table p because other objects depend on it
DETAIL: constraint c2_x_y_fkey on table c2 depends on column a of table p
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER TABLE
INSERT 0 1
ALTER TABLE
ERROR 23503: insert or update on table "c" violates foreign key constraint "c_p_fkey"
DETAIL: Key (p)=(77) is not present in table "p".
ALTER TABLE
ERROR 23503: insert or update on table "c" violates foreign key constraint "later"
DETAIL: Key (p)=(78) is not present in table "p".
ERROR 23503: insert or update on table "c" violates foreign key constraint "later"
DETAIL: Key (p)=(77) is not present in table "p".
INSERT 0 1
ALTER TABLE

# What the catalog shows.
select conname, contype, pg_get_constraintdef(oid), confupdtype, confdeltype, conkey, confkey from pg_constraint where conrelid in ('c'::regclass, 'c2'::regclass) and contype = 'f' order by 1;
select constraint_name, unique_constraint_name, match_option, update_rule, delete_rule from information_schema.referential_constraints order by 1;
---
c2_x_y_fkey | f | FOREIGN KEY (x, y) REFERENCES p(a, b) ON UPDATE CASCADE ON DELETE CASCADE | c | c | {1,2} | {3,4}
c_n_fkey | f | FOREIGN KEY (n) REFERENCES p(name) ON UPDATE CASCADE ON DELETE SET NULL | c | n | {3} | {2}
later | f | FOREIGN KEY (p) REFERENCES p(id) | a | a | {2} | {1}
c2_x_y_fkey | p_a_b_key | NONE | CASCADE | CASCADE
c_n_fkey | p_name_key | NONE | CASCADE | SET NULL
later | p_pkey | NONE | NO ACTION | NO ACTION

# A table that refers to itself.
create table tree (id int primary key, parent int references tree on delete cascade, x int default 0);
insert into tree values (1, null), (2, 1), (3, 2), (4, 3);
insert into tree values (5, 5);
insert into tree values (6, 7);
delete from tree where id = 2;
select id, parent from tree order by 1;
update tree set id = 100 where id = 5;
---
CREATE TABLE
INSERT 0 4
INSERT 0 1
ERROR 23503: insert or update on table "tree" violates foreign key constraint "tree_parent_fkey"
DETAIL: Key (parent)=(7) is not present in table "tree".
DELETE 1
1 | NULL
5 | 5
ERROR 23503: update or delete on table "tree" violates foreign key constraint "tree_parent_fkey" on table "tree"
DETAIL: Key (id)=(5) is still referenced from table "tree".

# What cannot be a foreign key.
create table bad (a int references nope);
create table bad (a text references p);
create table bad (a int references p (b));
create table bad (a int references p (b, a));
create table bad (a int references p (zz));
create table bad (a int, foreign key (zz) references p);
create table bad (a int references c2);
---
ERROR 42P01: relation "nope" does not exist
ERROR 42804: foreign key constraint "bad_a_fkey" cannot be implemented
DETAIL: Key columns "a" of the referencing table and "id" of the referenced table are of incompatible types: text and integer.
ERROR 42830: there is no unique constraint matching given keys for referenced table "p"
ERROR 42830: number of referencing and referenced columns for foreign key disagree
ERROR 42703: column "zz" referenced in foreign key constraint does not exist
ERROR 42703: column "zz" referenced in foreign key constraint does not exist
ERROR 42704: there is no primary key for referenced table "c2"

# MATCH FULL knows all of a key or nothing.
create table f (a int, b int, foreign key (a, b) references p (a, b) match full on delete set default);
insert into f values (1, null);
insert into f values (null, null);
---
CREATE TABLE
ERROR 23503: insert or update on table "f" violates foreign key constraint "f_a_b_fkey"
DETAIL: MATCH FULL does not allow mixing of null and nonnull key values.
INSERT 0 1

# What goes with a table.
drop table p, c;
drop table p cascade;
select conname from pg_constraint where contype = 'f' and conrelid = 'c'::regclass;
---
ERROR 2BP01: cannot drop desired object(s) because other objects depend on them
DETAIL: constraint c2_x_y_fkey on table c2 depends on table p
constraint f_a_b_fkey on table f depends on table p
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TABLE
(no rows)

# RESTRICT.
create table p2 (id int primary key);
create table r (a int references p2 on delete restrict on update restrict);
insert into p2 values (1), (2);
insert into r values (1);
delete from p2;
update p2 set id = 6 where id = 2;
insert into p2 values (1) on conflict (id) do update set id = 9;
drop table r;
delete from p2 returning *;
---
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 1
ERROR 23001: update or delete on table "p2" violates RESTRICT setting of foreign key constraint "r_a_fkey" on table "r"
DETAIL: Key (id)=(1) is referenced from table "r".
UPDATE 1
ERROR 23001: update or delete on table "p2" violates RESTRICT setting of foreign key constraint "r_a_fkey" on table "r"
DETAIL: Key (id)=(1) is referenced from table "r".
DROP TABLE
1
6
DELETE 2

# Deferrable ones wait for the commit, or SET CONSTRAINTS.
create table dp (id int primary key);
create table dc (a int constraint dcf references dp deferrable initially deferred, b int constraint dcg references dp deferrable, c int constraint dch references dp);
begin;
insert into dc values (1, null, null);
insert into dp values (1);
commit;
begin;
insert into dc values (2, null, null);
commit;
select * from dc;
insert into dc values (2, null, null);
begin;
insert into dc values (null, 2, null);
rollback;
begin;
set constraints dcg deferred;
insert into dc values (null, 2, null);
set constraints all immediate;
rollback;
begin;
set constraints dcg, dcf deferred;
insert into dc values (null, 2, null);
insert into dp values (2);
set constraints dcg immediate;
commit;
begin;
delete from dp where id = 1;
insert into dp values (1);
commit;
begin;
delete from dp where id = 1;
commit;
begin;
set constraints dch deferred;
rollback;
begin;
set constraints nope deferred;
rollback;
set constraints all deferred;
select * from dc order by 1, 2;
select * from dp order by 1;
drop table dp, dc;
---
CREATE TABLE
CREATE TABLE
BEGIN
INSERT 0 1
INSERT 0 1
COMMIT
BEGIN
INSERT 0 1
ERROR 23503: insert or update on table "dc" violates foreign key constraint "dcf"
DETAIL: Key (a)=(2) is not present in table "dp".
1 | NULL | NULL
ERROR 23503: insert or update on table "dc" violates foreign key constraint "dcf"
DETAIL: Key (a)=(2) is not present in table "dp".
BEGIN
ERROR 23503: insert or update on table "dc" violates foreign key constraint "dcg"
DETAIL: Key (b)=(2) is not present in table "dp".
ROLLBACK
BEGIN
SET CONSTRAINTS
INSERT 0 1
ERROR 23503: insert or update on table "dc" violates foreign key constraint "dcg"
DETAIL: Key (b)=(2) is not present in table "dp".
ROLLBACK
BEGIN
SET CONSTRAINTS
INSERT 0 1
INSERT 0 1
SET CONSTRAINTS
COMMIT
BEGIN
DELETE 1
INSERT 0 1
COMMIT
BEGIN
DELETE 1
ERROR 23503: update or delete on table "dp" violates foreign key constraint "dcf" on table "dc"
DETAIL: Key (id)=(1) is still referenced from table "dc".
BEGIN
ERROR 42809: constraint "dch" is not deferrable
ROLLBACK
BEGIN
ERROR 42704: constraint "nope" does not exist
ROLLBACK
SET CONSTRAINTS
1 | NULL | NULL
NULL | 2 | NULL
1, 2
DROP TABLE
