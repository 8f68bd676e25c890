# Arrays of several dimensions and with bounds in columns: stored, taken apart, compared, indexed.
create table dim (id int primary key, a int[], t text[][], n numeric[3][3], ts timestamptz[]);
insert into dim values (1, '{{1,2,3},{4,5,6}}', '{{a,b},{c,NULL}}', '{{1.50,2}}', '{{"2020-01-01"},{"2021-01-01"}}');
insert into dim values (2, array[[7,8],[9,10]], array[['x y','z'],['"','']], array[[1.0],[2.0]], null);
insert into dim values (3, '[2:3]={1,2}', '[0:1][5:5]={{q},{r}}', '{}', '{}');
insert into dim values (4, '{1,2}', '{a,b}', '{1,2}', '{2020-01-01}');
insert into dim values (5, null, null, null, null);
insert into dim values (6, '{{1,2},{3}}', null, null, null);
insert into dim values (6, '{{{{{{{1}}}}}}}', null, null, null);
select * from dim order by id;
select id, a[1], a[1][2], a[2][3], a[1:1], a[1:2][2:3], a[2], a[2:], a[:2], a[:][1:2] from dim order by id;
select id, t[0][5], t[1][5], t[1][1], t[1:2][1:1], t[2][2] is null, t[:][:] from dim order by id;
select id, array_dims(a), array_ndims(a), array_length(a,1), array_length(a,2), array_lower(a,1), array_upper(a,1), array_lower(a,2), cardinality(a) from dim order by id;
select id, array_dims(t), array_ndims(n), array_length(ts,1), array_length(t,2), array_lower(t,1), array_upper(t,2), array_lower(t,2), cardinality(t) from dim order by id;
select id, unnest(a) from dim order by 1, 2;
select id, x, o from dim, unnest(t) with ordinality as u(x, o) order by 1, 3;
select id, a || 5 from dim where id in (3,4) order by 1;
select id, 5 || a from dim where id in (3,4) order by 1;
select a || 5 from dim where id = 1;
select id, a || a from dim order by 1;
select id, a || array[100,200,300] from dim where id in (1,5) order by 1;
select id, a || array[100,200] from dim where id = 1;
select id, array[7,8,9] || a from dim where id = 1;
select id, array_cat(a, array[[1,2,3]]) from dim where id = 1;
select id, array_append(a, 3), array_prepend(3, a) from dim where id = 3;
select array_position(a, 2) from dim where id = 3;
select array_position(a, 2) from dim where id = 1;
select array_positions(a, 2) from dim where id = 3;
select array_remove(a, 2) from dim where id = 3;
select array_remove(a, 2) from dim where id = 1;
select id, array_replace(a, 2, 20) from dim order by 1;
select id, 5 = any(a), 5 = all(a), 2 <> all(a), 100 > all(a) from dim order by 1;
select id from dim where 'r' = any(t);
select id from dim where a @> array[5] order by 1;
select id from dim where a && array[[2,10]] order by 1;
select id from dim where a <@ array[1,2,3,4,5,6] order by 1;
select a.id, b.id, a.a < b.a, a.a = b.a, a.a > b.a from dim a, dim b order by 1, 2;
select id, a from dim order by a, id;
select id, t from dim order by t desc, id;
select a, count(*) from dim group by a order by a;
select distinct a from dim order by a;
select '{1,2}'::int[] = '[2:3]={1,2}'::int[];
select '{1,2}'::int[] < '[2:3]={1,2}'::int[], '{{1,2}}'::int[] > '{1,2}'::int[];
select to_jsonb(a), to_json(t), array_to_json(a) from dim order by id;
select row_to_json(dim) from dim order by id;
select jsonb_agg(a) from dim where id < 3;
select array_agg(a) from dim where id = 2 group by id;
select array_agg(array[id, id]) from dim;
select array_agg(a) from dim where id in (3);
select array_agg(a) from dim where id in (1,2);
select array_to_string(a, ','), array_to_string(t, ',', '*') from dim order by id;
select id, generate_subscripts(a, 1) from dim order by 1, 2;
select id, generate_subscripts(t, 2, true) from dim order by 1, 2;
select array_fill(7, array[2,3]), array_fill(7, array[2], array[3]), array_fill(1, array[2,2], array[0,-1]);
select array(select array[id, id] from dim order by id);
select array(select a from dim where id in (1));
select array(select a from dim where id > 100);
select array[a, a] from dim where id in (2);
select array[a, a] from dim where id in (1,3) order by id;
select array[array[id, 2], array[3, id]] from dim order by id;
select trim_array(a, 1), array_reverse(a), array_sort(a) from dim where id in (1,3,4) order by id;
select cast(a as text[]), a::text, a::bigint[], a::numeric(10,2)[] from dim order by id;
select a::text::int[] from dim order by id;
select max(a), min(a), max(t) from dim;
select coalesce(a, array[[0]]), nullif(a, '{1,2}'), greatest(a, '{5}'), case when id > 2 then a else '{{0}}' end from dim order by id;
create table dim2 as select id, a, array[a, a] as aa, t[1:1] as tt from dim where id in (2);
select * from dim2;
select * from dim2 order by 1;
update dim set a = a || 9 where id = 4;
update dim set a = '{{9}}' where id = 2;
update dim set n = n || n where id in (1, 4);
select id, a, n from dim order by id;
create unique index on dim (a);
insert into dim values (10, '{{9}}');
insert into dim values (10, '{9}');
insert into dim values (11, '[0:0]={9}');
insert into dim values (12, '[0:0]={9}');
create index on dim (t);
create index on dim using gin (a);
select id from dim where a = '{{9}}';
select id from dim where a = '[0:0]={9}';
select id from dim where a >= '{7}' order by id;
select id from dim where a @> '{9}' order by id;
create table dim3 (a int[] primary key, b int[] unique);
drop table dim3;
select count(*) from dim where a is distinct from '{{9}}';
delete from dim where a = '{{9}}';
select id from dim order by id;
DROP TABLE dim;
DROP TABLE dim2;
---
CREATE TABLE
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
ERROR 22P02: malformed array literal: "{{1,2},{3}}" at 28
DETAIL: Multidimensional arrays must have sub-arrays with matching dimensions.
ERROR 54000: number of array dimensions exceeds the maximum allowed (6) at 28
1 | {{1,2,3},{4,5,6}} | {{a,b},{c,NULL}} | {{1.50,2}} | {{"2020-01-01 00:00:00+00"},{"2021-01-01 00:00:00+00"}}
2 | {{7,8},{9,10}} | {{"x y",z},{"\"",""}} | {{1.0},{2.0}} | NULL
3 | [2:3]={1,2} | [0:1][5:5]={{q},{r}} | {} | {}
4 | {1,2} | {a,b} | {1,2} | {"2020-01-01 00:00:00+00"}
5 | NULL | NULL | NULL | NULL
1 | NULL | 2 | 6 | {{1,2,3}} | {{2,3},{5,6}} | NULL | {{4,5,6}} | {{1,2,3},{4,5,6}} | {{1,2},{4,5}}
2 | NULL | 8 | NULL | {{7,8}} | {{8},{10}} | NULL | {{9,10}} | {{7,8},{9,10}} | {{7,8},{9,10}}
3 | NULL | NULL | NULL | {} | {} | 1 | {1,2} | {1} | {}
4 | 1 | NULL | NULL | {1} | {} | 2 | {2} | {1,2} | {}
5 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
1 | NULL | NULL | a | {{a},{c}} | t | {{a,b},{c,NULL}}
2 | NULL | NULL | x y | {{"x y"},{"\""}} | f | {{"x y",z},{"\"",""}}
3 | q | r | NULL | {} | t | {{q},{r}}
4 | NULL | NULL | NULL | {} | t | {}
5 | NULL | NULL | NULL | NULL | t | NULL
1 | [1:2][1:3] | 2 | 2 | 3 | 1 | 2 | 1 | 6
2 | [1:2][1:2] | 2 | 2 | 2 | 1 | 2 | 1 | 4
3 | [2:3] | 1 | 2 | NULL | 2 | 3 | NULL | 2
4 | [1:2] | 1 | 2 | NULL | 1 | 2 | NULL | 2
5 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
1 | [1:2][1:2] | 2 | 2 | 2 | 1 | 2 | 1 | 4
2 | [1:2][1:2] | 2 | NULL | 2 | 1 | 2 | 1 | 4
3 | [0:1][5:5] | NULL | NULL | 1 | 0 | 5 | 5 | 2
4 | [1:2] | 1 | 1 | NULL | 1 | NULL | NULL | 2
5 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
1 | 1
1 | 2
1 | 3
1 | 4
1 | 5
1 | 6
2 | 7
2 | 8
2 | 9
2 | 10
3 | 1
3 | 2
4 | 1
4 | 2
1 | a | 1
1 | b | 2
1 | c | 3
1 | NULL | 4
2 | x y | 1
2 | z | 2
2 | " | 3
2 |  | 4
3 | q | 1
3 | r | 2
4 | a | 1
4 | b | 2
3 | [2:4]={1,2,5}
4 | {1,2,5}
3 | [2:4]={5,1,2}
4 | {5,1,2}
ERROR 22000: argument must be empty or one-dimensional array
1 | {{1,2,3},{4,5,6},{1,2,3},{4,5,6}}
2 | {{7,8},{9,10},{7,8},{9,10}}
3 | [2:5]={1,2,1,2}
4 | {1,2,1,2}
5 | NULL
1 | {{1,2,3},{4,5,6},{100,200,300}}
5 | {100,200,300}
ERROR 2202E: cannot concatenate incompatible arrays
DETAIL: Arrays with differing dimensions are not compatible for concatenation.
1 | {{7,8,9},{1,2,3},{4,5,6}}
1 | {{1,2,3},{4,5,6},{1,2,3}}
3 | [2:4]={1,2,3} | [2:4]={3,1,2}
3
ERROR 0A000: searching for elements in multidimensional arrays is not supported
{3}
[2:2]={1}
ERROR 0A000: removing elements from multidimensional arrays is not supported
1 | {{1,20,3},{4,5,6}}
2 | {{7,8},{9,10}}
3 | [2:3]={1,20}
4 | {1,20}
5 | NULL
1 | t | f | f | t
2 | f | f | t | t
3 | f | f | f | t
4 | f | f | f | t
5 | NULL | NULL | NULL | NULL
3
1
1, 2, 3, 4
1, 3, 4
1 | 1 | f | t | f
1 | 2 | t | f | f
1 | 3 | f | f | t
1 | 4 | f | f | t
1 | 5 | NULL | NULL | NULL
2 | 1 | f | f | t
2 | 2 | f | t | f
2 | 3 | f | f | t
2 | 4 | f | f | t
2 | 5 | NULL | NULL | NULL
3 | 1 | t | f | f
3 | 2 | t | f | f
3 | 3 | f | t | f
3 | 4 | f | f | t
3 | 5 | NULL | NULL | NULL
4 | 1 | t | f | f
4 | 2 | t | f | f
4 | 3 | t | f | f
4 | 4 | f | t | f
4 | 5 | NULL | NULL | NULL
5 | 1 | NULL | NULL | NULL
5 | 2 | NULL | NULL | NULL
5 | 3 | NULL | NULL | NULL
5 | 4 | NULL | NULL | NULL
5 | 5 | NULL | NULL | NULL
4 | {1,2}
3 | [2:3]={1,2}
1 | {{1,2,3},{4,5,6}}
2 | {{7,8},{9,10}}
5 | NULL
5 | NULL
2 | {{"x y",z},{"\"",""}}
3 | [0:1][5:5]={{q},{r}}
1 | {{a,b},{c,NULL}}
4 | {a,b}
{1,2} | 1
[2:3]={1,2} | 1
{{1,2,3},{4,5,6}} | 1
{{7,8},{9,10}} | 1
NULL | 1
{1,2}, [2:3]={1,2}, {{1,2,3},{4,5,6}}, {{7,8},{9,10}}, NULL
f
t | t
[[1, 2, 3], [4, 5, 6]] | [["a","b"],["c",null]] | [[1,2,3],[4,5,6]]
[[7, 8], [9, 10]] | [["x y","z"],["\"",""]] | [[7,8],[9,10]]
[1, 2] | [["q"],["r"]] | [1,2]
[1, 2] | ["a","b"] | [1,2]
NULL | NULL | NULL
{"id":1,"a":[[1,2,3],[4,5,6]],"t":[["a","b"],["c",null]],"n":[[1.50,2]],"ts":[["2020-01-01T00:00:00+00:00"],["2021-01-01T00:00:00+00:00"]]}, {"id":2,"a":[[7,8],[9,10]],"t":[["x y","z"],["\"",""]],"n":[[1.0],[2.0]],"ts":null}, {"id":3,"a":[1,2],"t":[["q"],["r"]],"n":[],"ts":[]}, {"id":4,"a":[1,2],"t":["a","b"],"n":[1,2],"ts":["2020-01-01T00:00:00+00:00"]}, {"id":5,"a":null,"t":null,"n":null,"ts":null}
[[[1, 2, 3], [4, 5, 6]], [[7, 8], [9, 10]]]
{{{7,8},{9,10}}}
{{1,1},{2,2},{3,3},{4,4},{5,5}}
[1:1][2:3]={{1,2}}
ERROR 2202E: cannot accumulate arrays of different dimensionality
1,2,3,4,5,6 | a,b,c,*
7,8,9,10 | x y,z,",
1,2 | q,r
1,2 | a,b
NULL | NULL
1 | 1
1 | 2
2 | 1
2 | 2
3 | 2
3 | 3
4 | 1
4 | 2
1 | 1
1 | 2
2 | 1
2 | 2
3 | 5
{{7,7,7},{7,7,7}} | [3:4]={7,7} | [0:1][-1:0]={{1,1},{1,1}}
{{1,1},{2,2},{3,3},{4,4},{5,5}}
{{{1,2,3},{4,5,6}}}
{}
{{{7,8},{9,10}},{{7,8},{9,10}}}
{{{1,2,3},{4,5,6}},{{1,2,3},{4,5,6}}}, [1:2][2:3]={{1,2},{1,2}}
{{1,2},{3,1}}, {{2,2},{3,2}}, {{3,2},{3,3}}, {{4,2},{3,4}}, {{5,2},{3,5}}
{{1,2,3}} | {{4,5,6},{1,2,3}} | {{1,2,3},{4,5,6}}
{1} | [2:3]={2,1} | [2:3]={1,2}
{1} | {2,1} | {1,2}
{{1,2,3},{4,5,6}} | {{1,2,3},{4,5,6}} | {{1,2,3},{4,5,6}} | {{1.00,2.00,3.00},{4.00,5.00,6.00}}
{{7,8},{9,10}} | {{7,8},{9,10}} | {{7,8},{9,10}} | {{7.00,8.00},{9.00,10.00}}
[2:3]={1,2} | [2:3]={1,2} | [2:3]={1,2} | [2:3]={1.00,2.00}
{1,2} | {1,2} | {1,2} | {1.00,2.00}
NULL | NULL | NULL | NULL
{{1,2,3},{4,5,6}}, {{7,8},{9,10}}, [2:3]={1,2}, {1,2}, NULL
{{7,8},{9,10}} | {1,2} | {{"x y",z},{"\"",""}}
{{1,2,3},{4,5,6}} | {{1,2,3},{4,5,6}} | {5} | {{0}}
{{7,8},{9,10}} | {{7,8},{9,10}} | {{7,8},{9,10}} | {{0}}
[2:3]={1,2} | [2:3]={1,2} | {5} | [2:3]={1,2}
{1,2} | NULL | {5} | {1,2}
{{0}} | NULL | {5} | NULL
SELECT 1
2 | {{7,8},{9,10}} | {{{7,8},{9,10}},{{7,8},{9,10}}} | {{"x y",z}}
2 | {{7,8},{9,10}} | {{{7,8},{9,10}},{{7,8},{9,10}}} | {{"x y",z}}
UPDATE 1
UPDATE 1
UPDATE 2
1 | {{1,2,3},{4,5,6}} | {{1.50,2},{1.50,2}}
2 | {{9}} | {{1.0},{2.0}}
3 | [2:3]={1,2} | {}
4 | {1,2,9} | {1,2,1,2}
5 | NULL | NULL
CREATE INDEX
ERROR 23505: duplicate key value violates unique constraint "dim_a_idx"
DETAIL: Key (a)=({{9}}) already exists.
INSERT 0 1
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "dim_a_idx"
DETAIL: Key (a)=([0:0]={9}) already exists.
CREATE INDEX
CREATE INDEX
2
11
2, 10, 11
2, 4, 10, 11
CREATE TABLE
DROP TABLE
6
DELETE 1
1, 3, 4, 5, 10, 11
DROP TABLE
DROP TABLE
