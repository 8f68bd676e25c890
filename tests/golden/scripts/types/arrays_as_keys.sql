# Arrays as keys: those of other dimensions or bounds are others.
create table jb2 (k int[] primary key, b int[] unique, t text[]);
insert into jb2 values ('{1,2}', '{{1}}', '{a}'), ('{{1,2}}', '{1}', '{b}'), ('[0:1]={1,2}', null, '{c}');
insert into jb2 values ('{1,2}', null, null);
insert into jb2 values ('{{1,2}}', null, null);
insert into jb2 values ('[0:1]={1,2}', null, null);
insert into jb2 values ('{9}', '{{1}}', null);
insert into jb2 values ('{1,2}', null, '{z}') on conflict (k) do update set t = excluded.t || jb2.t;
select * from jb2 order by k;
select * from jb2 order by k desc limit 2;
delete from jb2 where k = '[0:1]={1,2}';
select * from jb2 order by t;
create table jb3 as select k, array[k] as kk from jb2 where array_ndims(k) = 1;
select * from jb3 order by 1;
DROP TABLE jb2;
DROP TABLE jb3;
---
CREATE TABLE
INSERT 0 3
ERROR 23505: duplicate key value violates unique constraint "jb2_pkey"
DETAIL: Key (k)=({1,2}) already exists.
ERROR 23505: duplicate key value violates unique constraint "jb2_pkey"
DETAIL: Key (k)=({{1,2}}) already exists.
ERROR 23505: duplicate key value violates unique constraint "jb2_pkey"
DETAIL: Key (k)=([0:1]={1,2}) already exists.
ERROR 23505: duplicate key value violates unique constraint "jb2_b_key"
DETAIL: Key (b)=({{1}}) already exists.
INSERT 0 1
[0:1]={1,2} | NULL | {c}
{1,2} | {{1}} | {z,a}
{{1,2}} | {1} | {b}
{{1,2}} | {1} | {b}
{1,2} | {{1}} | {z,a}
DELETE 1
{{1,2}} | {1} | {b}
{1,2} | {{1}} | {z,a}
SELECT 1
{1,2} | {{1,2}}
DROP TABLE
DROP TABLE
