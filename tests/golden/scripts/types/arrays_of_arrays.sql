# Brackets end the subscripts of an array, and ARRAY of arrays is cast as one.
create table parts_of (id int, f int[], ff int[][]);
insert into parts_of values (1, '{1,2,3}', '{{1,2},{3,4}}'), (2, '{}', null), (3, null, null), (4, '{20,30}', null);
select id from parts_of where ff = (array['{1,2}'::int2[], '{3,4}'::int2[]])::integer[][];
select array['{1,2}'::int2[], '{3,4}'::int2[]]::integer[];
select array['{1,2}'::int2[], '{3,4}'::int2[]]::integer[][];
select array[array[1,2], '{3,4}']::text[];
select array['{1,2}', '{3,4}']::integer[][];
select array['{1,2}']::text[][];
select id, f[1] from parts_of order by f[1], id;
select id, f[1] from parts_of order by f[0 + 1], id;
select id from parts_of order by f[1] desc, id;
select (f[1:2])[2:2] from parts_of order by id;
select (f[2:3])[1:1], (f[2:3])[1], ((f[1:2])[2:2])[1] from parts_of order by id;
select f[1:2][2:2] from parts_of order by id;
SELECT DISTINCT ON ("nAmEAlIaS") id, id + 1 AS "nAmEAlIaS" FROM parts_of ORDER BY "nAmEAlIaS" ASC;
update parts_of set f = (case when id = 1 then array[7,8]::int[] when id = 2 then array[9]::int[] else null end)::int[] where id in (1, 2);
select * from parts_of order by id;
select array[1.25, 2.75]::numeric(3,1)[], array[array[1.25], array[2.75]]::numeric(3,1)[];
select array[]::int[], array[array[]]::int[], array[null, '{1}'::int2[]]::int[];
select array[null, array[1]]::int[], array['a', null]::text[];
select array['2020-01-01', '2020-02-02']::date[], array['{2020-01-01}'::text[]]::date[];
select id as f from parts_of group by f, id order by id;
create index on parts_of (((f[1:2])[2]));
select id from parts_of where (f[1:2])[2] = 30;
insert into parts_of values (5, '{1,2}'), (6, '{1,5}');
select id from parts_of where (f[1:2])[2] = 2 order by id;
select f[1:1][1] from parts_of where id = 5;
update parts_of set f[1:2] = '{8,9}', ff[1][1] = 5 where id = 1;
select * from parts_of where id = 1;
select ('{"a": {"b": 1}}'::jsonb)['a']['b'], (('{"a": {"b": 1}}'::jsonb)['a'])['b'];
select (array[1,2,3])[2], (array[[1,2],[3,4]])[2][1], ((array[[1,2],[3,4]])[2:2])[1][1];
select f[1], (f)[1], (f[1]) from parts_of where id = 5 group by f[1], (f)[1];
drop table parts_of;
---
CREATE TABLE
INSERT 0 4
1
{{1,2},{3,4}}
{{1,2},{3,4}}
{{1,2},{3,4}}
ERROR 22P02: invalid input syntax for type integer: "{1,2}" at 14
{"{1,2}"}
1 | 1
4 | 20
2 | NULL
3 | NULL
1 | 1
4 | 20
2 | NULL
3 | NULL
2, 3, 4, 1
{2}, {}, NULL, {30}
{2} | 2 | 2
{} | NULL | NULL
NULL | NULL | NULL
{30} | 30 | 30
{}, {}, NULL, {}
1 | 2
2 | 3
3 | 4
4 | 5
UPDATE 2
1 | {7,8} | {{1,2},{3,4}}
2 | {9} | NULL
3 | NULL | NULL
4 | {20,30} | NULL
{1.3,2.8} | {{1.3},{2.8}}
ERROR 2202E: multidimensional arrays must have array expressions with matching dimensions
ERROR 2202E: multidimensional arrays must have array expressions with matching dimensions
{2020-01-01,2020-02-02} | {{2020-01-01}}
1, 2, 3, 4
CREATE INDEX
4
INSERT 0 2
5
{}
UPDATE 1
1 | {8,9} | {{5,2},{3,4}}
1 | 1
2 | 3 | 3
1 | 1 | 1
DROP TABLE
