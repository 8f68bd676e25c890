# OFFSET counts rows in brackets, or by one literal, before FETCH.
create table left_out (id int, rows int);
insert into left_out values (1,1),(2,2),(3,3),(4,4);
select id from left_out order by id offset (1) rows fetch first (2) rows only;
select id from left_out order by id offset 1 rows fetch first 2 rows only;
select id from left_out order by id offset (1 + 1) rows fetch first (1 + 1) rows only;
select id from left_out order by id offset (1) row fetch next row only;
select id from left_out order by id offset (1) fetch first (2) rows with ties;
select id from left_out order by id offset 1 + 1 rows;
select id from left_out order by id offset 1;
select id from left_out order by id offset (select 1) rows;
select rows from left_out order by id fetch first (1) row only;
select sum(id) over (order by id rows between 1 preceding and current row) from left_out;
select id from (select id, 1 as rows from left_out order by id offset 2 rows) s;
drop table left_out;
---
CREATE TABLE
INSERT 0 4
2, 3
2, 3
3, 4
2
2, 3
ERROR 42601: syntax error at or near "rows" at 50
2, 3, 4
2, 3, 4
1
1, 3, 5, 7
3, 4
DROP TABLE
