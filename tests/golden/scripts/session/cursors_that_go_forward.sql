# A cursor of NO SCROLL reads no row twice; pg_cursors tells how each was declared.
create table cu1 (id int);
insert into cu1 select generate_series(1,6);
begin;
declare x no scroll cursor for select id from cu1 order by 1;
fetch 0 from x;
fetch absolute 0 from x;
fetch 2 from x;
fetch absolute 3 from x;
fetch relative 2 from x;
fetch 0 from x;
rollback;
begin;
declare x no scroll cursor for select id from cu1 order by 1;
fetch 3 from x;
fetch absolute 2 from x;
rollback;
begin;
declare x no scroll cursor for select id from cu1 order by 1;
fetch prior from x;
rollback;
begin;
declare x no scroll cursor for select id from cu1 order by 1;
fetch last from x;
rollback;
begin;
declare x no scroll cursor for select id from cu1 order by 1;
fetch 2 from x;
fetch relative -1 from x;
rollback;
begin;
declare x no scroll cursor for select id from cu1 order by 1;
fetch all from x;
fetch next from x;
move backward 1 in x;
rollback;
begin;
declare a no cursor for select 1;
rollback;
begin;
declare b scroll cursor with hold for select id from cu1;
declare c no scroll cursor with hold for select id from cu1;
select name, statement, is_holdable, is_binary, is_scrollable from pg_cursors order by name;
commit;
select name, statement, is_holdable, is_binary, is_scrollable from pg_cursors order by name;
fetch absolute 2 from c;
fetch absolute -1 from b;
close all;
select creation_time <= now() from pg_cursors;
drop table cu1;
---
CREATE TABLE
INSERT 0 6
BEGIN
DECLARE CURSOR
FETCH 0
FETCH 0
1
2
FETCH 2
3
FETCH 1
5
FETCH 1
ERROR 55000: cursor can only scan forward
HINT: Declare it with SCROLL option to enable backward scan.
ROLLBACK
BEGIN
DECLARE CURSOR
1
2
3
FETCH 3
ERROR 55000: cursor can only scan forward
HINT: Declare it with SCROLL option to enable backward scan.
ROLLBACK
BEGIN
DECLARE CURSOR
ERROR 55000: cursor can only scan forward
HINT: Declare it with SCROLL option to enable backward scan.
ROLLBACK
BEGIN
DECLARE CURSOR
ERROR 55000: cursor can only scan forward
HINT: Declare it with SCROLL option to enable backward scan.
ROLLBACK
BEGIN
DECLARE CURSOR
1
2
FETCH 2
ERROR 55000: cursor can only scan forward
HINT: Declare it with SCROLL option to enable backward scan.
ROLLBACK
BEGIN
DECLARE CURSOR
1
2
3
4
5
6
FETCH 6
FETCH 0
ERROR 55000: cursor can only scan forward
HINT: Declare it with SCROLL option to enable backward scan.
ROLLBACK
BEGIN
ERROR 42601: syntax error at or near "cursor" at 14
ROLLBACK
BEGIN
DECLARE CURSOR
DECLARE CURSOR
b | declare b scroll cursor with hold for select id from cu1 | t | f | t
c | declare c no scroll cursor with hold for select id from cu1 | t | f | f
COMMIT
b | declare b scroll cursor with hold for select id from cu1 | t | f | t
c | declare c no scroll cursor with hold for select id from cu1 | t | f | f
2
FETCH 1
6
FETCH 1
CLOSE CURSOR ALL
(no rows)
DROP TABLE
