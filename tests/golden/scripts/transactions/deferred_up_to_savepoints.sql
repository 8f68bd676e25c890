# ROLLBACK TO takes back what SET CONSTRAINTS has said since.
create table udm (id int, constraint udm_key unique (id) deferrable initially immediate);
begin;
savepoint a;
set constraints all deferred;
rollback to a;
insert into udm values (1), (1);
rollback;
begin;
set constraints all deferred;
savepoint a;
set constraints all immediate;
rollback to a;
insert into udm values (1), (1);
delete from udm;
commit;
begin;
savepoint a;
set constraints udm_key deferred;
release a;
insert into udm values (1), (1);
delete from udm;
commit;
begin;
savepoint a;
set constraints udm_key deferred;
savepoint b;
set constraints udm_key immediate;
savepoint c;
set constraints udm_key deferred;
rollback to b;
insert into udm values (1), (1);
delete from udm;
commit;
drop table udm;
---
CREATE TABLE
BEGIN
SAVEPOINT
SET CONSTRAINTS
ROLLBACK
ERROR 23505: duplicate key value violates unique constraint "udm_key"
DETAIL: Key (id)=(1) already exists.
ROLLBACK
BEGIN
SET CONSTRAINTS
SAVEPOINT
SET CONSTRAINTS
ROLLBACK
INSERT 0 2
DELETE 2
COMMIT
BEGIN
SAVEPOINT
SET CONSTRAINTS
RELEASE
INSERT 0 2
DELETE 2
COMMIT
BEGIN
SAVEPOINT
SET CONSTRAINTS
SAVEPOINT
SET CONSTRAINTS
SAVEPOINT
SET CONSTRAINTS
ROLLBACK
INSERT 0 2
DELETE 2
COMMIT
DROP TABLE
