create table chained (id int primary key, b text)
---
CREATE TABLE

begin isolation level serializable read only
---
BEGIN

commit and chain
---
COMMIT

show transaction_isolation
---
serializable

insert into chained values (1)
---
ERROR 25006: cannot change data in a read-only transaction or the past

commit and chain
---
ROLLBACK

show transaction_read_only
---
on

rollback and no chain
---
ROLLBACK

rollback and chain
---
ERROR 25P01: ROLLBACK AND CHAIN can only be used in transaction blocks

commit and chain
---
ERROR 25P01: COMMIT AND CHAIN can only be used in transaction blocks

commit and foo
---
ERROR 42601: syntax error at or near "foo" at 12

commit and no foo
---
ERROR 42601: syntax error at or near "foo" at 15

commit no chain
---
ERROR 42601: syntax error at or near "no" at 8
HINT: expected ";", AND, the end of the statement

end work and chain
---
ERROR 25P01: COMMIT AND CHAIN can only be used in transaction blocks

begin
---
BEGIN

insert into chained values (2)
---
INSERT 0 1

savepoint a
---
SAVEPOINT

rollback to a and chain
---
ERROR 42601: syntax error at or near "and" at 15
HINT: expected ";", the end of the statement

commit and chain
---
ROLLBACK

insert into chained values (3)
---
INSERT 0 1

rollback and chain
---
ROLLBACK

insert into chained values (4)
---
INSERT 0 1

end and no chain
---
COMMIT

select * from chained
---
4 | NULL

explain commit
---
ERROR 42601: syntax error at or near "commit" at 9
HINT: expected "(", ANALYZE, CREATE TABLE, DELETE FROM, FREEZE, FULL, INSERT INTO, MERGE INTO

vacuum full chained
---
VACUUM

vacuum full analyze chained
---
VACUUM

vacuum (full, analyze) chained, chained
---
VACUUM

vacuum freeze analyze chained (id)
---
VACUUM

vacuum chained (id)
---
ERROR 0A000: ANALYZE option must be specified when a column list is provided

analyze chained (id, b)
---
ANALYZE

analyze chained (x)
---
ERROR 42703: column "x" of relation "chained" does not exist

analyze (verbose off) chained
---
ANALYZE

vacuum (full false, parallel 2) chained
---
VACUUM

vacuum analyze
---
VACUUM

analyze
---
ANALYZE

vacuum nope
---
ERROR 42P01: relation "nope" does not exist at 8

vacuum full (analyze) chained
---
ERROR 42601: syntax error at or near "(" at 13
HINT: expected ";", a name, the end of the statement

select 1 from chained where true and chain
---
ERROR 42703: column "chain" does not exist at 38

drop table chained
---
DROP TABLE
