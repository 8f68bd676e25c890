# DISTINCT ON names items of the select list before columns.
create table named (id int, f int[]);
insert into named values (1, '{1,2,3}'), (2, '{}'), (3, null), (4, '{20,30}');
select distinct on ("aB") f[1] as "aB", id from named order by "aB", id;
select distinct on (nm) id as nm from named order by nm;
SELECT DISTINCT ON ("nAmEAlIaS") id, id + 1 AS "nAmEAlIaS" FROM named ORDER BY "nAmEAlIaS" ASC;
select distinct on (id) -id as id, f from named order by id;
select distinct on (id) f, 5 as id from named order by id, f;
select distinct on (1) id, f from named order by id;
select distinct on (5) id, f from named order by id;
select distinct on (x) id as x, f as x from named;
select distinct on (named.id) id from named order by named.id;
drop table named;
---
CREATE TABLE
INSERT 0 4
1 | 1
20 | 4
NULL | 2
1, 2, 3, 4
1 | 2
2 | 3
3 | 4
4 | 5
-4 | {20,30}
-3 | NULL
-2 | {}
-1 | {1,2,3}
{} | 5
1 | {1,2,3}
2 | {}
3 | NULL
4 | {20,30}
ERROR 42P10: DISTINCT ON position 5 is not in select list at 21
ERROR 42702: DISTINCT ON "x" is ambiguous at 21
1, 2, 3, 4
DROP TABLE
