# Assignments to elements, slices and fields, and to fields of elements; an array of one dimension grows.
create type parts_row as (x int, y text, z int[]);
create domain parts_pos as int check (value > 0);
create table up (id int primary key, a int[], n numeric(5,1)[], t text[], c parts_row, cc parts_row[], v varchar(2)[], d parts_pos[], j jsonb);
insert into up values (1, '{1,2,3}', '{1.5}', '{a,b}', row(1,'q','{5,6}'), array[row(1,'a',null)::parts_row], '{ab}', '{1,2}', '{"a":1}'), (2, null, null, null, null, null, null, null, null), (3, '{{1,2},{3,4}}', '{}', '{}', null, '{}', null, null, null), (4, '[2:3]={1,2}', null, null, null, null, null, null, null);
update up set a[2] = 20 where id = 1;
update up set a[5] = 50 where id = 1;
update up set a[-1] = 7 where id = 1;
select id, a from up where id = 1;
update up set a[2] = 20 where id = 2;
select id, a from up where id = 2;
update up set a[1][2] = 99 where id = 3;
update up set a[3][1] = 99 where id = 3;
update up set a[1] = 99 where id = 3;
update up set a[1][1:2] = '{7,8}' where id = 3;
update up set a[2:2] = '{{70,80}}' where id = 3;
update up set a[2:2] = '{70}' where id = 3;
select id, a from up where id = 3;
update up set a[1:2] = '{7,8,9}' where id = 4;
update up set a[5:6] = '{5,6}' where id = 4;
update up set a[6:5] = '{5,6}' where id = 4;
select id, a from up where id = 4;
update up set a[:2] = '{0,0,0}' where id = 4;
update up set a[6:] = array[id] where id = 4;
update up set a[:] = '{1}' where id = 4;
select id, a from up where id = 4;
update up set t[1:2] = '{x,y}' where id = 2;
update up set t[:2] = '{x,y}' where id = 3;
update up set t[2:3] = null where id = 1;
update up set t[2] = null where id = 1;
update up set t[null] = 'x' where id = 1;
select id, t from up order by id;
update up set n[2] = 2.25, n[3] = n[1] + 1 where id = 1;
update up set v[1] = 'abc' where id = 1;
update up set v[2] = 'ab ' where id = 1;
update up set d[1] = 0 where id = 1;
update up set d[1] = 5 where id = 1;
update up set a[1] = true where id = 1;
update up set a[1] = 1.6 where id = 1;
update up set a[1] = 'x' where id = 1;
update up set a[1:2] = 5 where id = 1;
update up set id[1] = 5 where id = 1;
update up set a[1] = 5, a = '{1}' where id = 1;
update up set c.x = 10, c.z[2] = 60, c.z[3] = 61 where id = 1;
update up set c.z[2] = 60 where id = 2;
update up set cc[1].y = 'new', cc[2].x = 2 where id = 1;
update up set cc[2].z[1] = 5 where id = 2;
update up set cc[1].nope = 5 where id = 2;
select c, cc from up order by id;
select n, v, d, a from up where id = 1;
update up set a[id] = id where id in (1, 2) returning id, a;
update up set a[2] = s.x from (values (1, 77)) s(i, x) where s.i = up.id returning a;
update up set a[(select 3)] = (select max(id) from up) where id = 1 returning a;
DROP TABLE up;
DROP DOMAIN parts_pos;
DROP TYPE parts_row;
---
CREATE TYPE
CREATE DOMAIN
CREATE TABLE
INSERT 0 4
UPDATE 1
UPDATE 1
UPDATE 1
1 | [-1:5]={7,NULL,1,20,3,NULL,50}
UPDATE 1
2 | [2:2]={20}
UPDATE 1
ERROR 2202E: array subscript out of range
ERROR 2202E: wrong number of array subscripts
UPDATE 1
UPDATE 1
ERROR 2202E: source array too small
3 | {{7,8},{70,80}}
UPDATE 1
UPDATE 1
ERROR 2202E: upper bound cannot be less than lower bound
4 | {7,8,2,NULL,5,6}
UPDATE 1
UPDATE 1
ERROR 2202E: source array too small
4 | {0,0,2,NULL,5,4}
UPDATE 1
ERROR 2202E: array slice subscript must provide both boundaries
DETAIL: When assigning to a slice of an empty array value, slice boundaries must be fully specified.
UPDATE 1
UPDATE 1
ERROR 22004: array subscript in assignment must not be null
1 | {a,NULL}
2 | {x,y}
3 | {}
4 | NULL
UPDATE 1
ERROR 22001: value too long for type character varying(2)
UPDATE 1
ERROR 23514: value for domain parts_pos violates check constraint "parts_pos_check"
UPDATE 1
ERROR 42804: subscripted assignment to "a" requires type integer but expression is of type boolean at 15
HINT: You will need to rewrite or cast the expression.
UPDATE 1
ERROR 22P02: invalid input syntax for type integer: "x" at 22
ERROR 42804: subscripted assignment to "a" requires type integer[] but expression is of type integer at 15
HINT: You will need to rewrite or cast the expression.
ERROR 42804: cannot subscript type integer because it does not support subscripting at 15
ERROR 42601: multiple assignments to same column "a"
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
ERROR 42703: cannot assign to field "nope" of column "cc" because there is no such column in data type parts_row at 15
(10,q,"{5,60,61}") | {"(1,new,)","(2,,)"}
(,,[2:2]={60}) | [2:2]={"(,,{5})"}
NULL | {}
NULL | NULL
{1.5,2.3,2.5} | {ab,ab} | {5,2} | [-1:5]={7,NULL,2,20,3,NULL,50}
1 | [-1:5]={7,NULL,1,20,3,NULL,50}
2 | [2:2]={2}
UPDATE 2
[-1:5]={7,NULL,1,77,3,NULL,50}
UPDATE 1
[-1:5]={7,NULL,1,77,4,NULL,50}
UPDATE 1
DROP TABLE
DROP DOMAIN
DROP TYPE
