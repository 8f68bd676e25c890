# A constant that is computed is no place of the select list, in GROUP BY, ORDER BY and DISTINCT ON.
create table t(id int primary key, n text);
insert into t values (1,'z'),(2,'a'),(3,'z');
select n, id from t order by 1+0, id desc;
select n, id from t order by 2-1, id desc;
select n, count(*) from t group by n, 1+0 order by n;
select max(n), count(*) from t group by id, 1+1 order by 1;
select max(n), count(*) from t group by 1+1;
select count(*), max(n) from t where false group by 2-1;
select distinct on (1+0) n, id from t order by 1+0, id;
select distinct on (1+1, n) n, id from t order by 1+1, n, id desc;
select distinct 1+1 as a, n from t order by n;
select n, row_number() over (partition by 1+0 order by 1+1, id desc) from t order by id;
select array_agg(id order by 1+1, id desc) from t;
select string_agg(n, ',' order by 2-1, id desc) from t;
select n from t union select 'a' order by 1;
select n, id from t group by n, id, 'x'::text order by id;
select n, id from t group by n, id, null::int order by null::int, id desc;
select count(*) from t group by rollup(1+0, n) order by 1;
select n from t order by 'abc'||'d', id desc;
select n from t order by true, id desc;
select n from t order by 1.5+0, id desc;
select n, count(*) from t group by grouping sets ((1+1, n),(2+0)) order by 1 nulls first;
select id, count(*) filter (where true) from t group by id, current_date, 5::bigint order by 5::bigint, id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
z | 3
a | 2
z | 1
z | 3
a | 2
z | 1
a | 1
z | 2
a | 1
z | 1
z | 1
z | 3
(no rows)
z | 1
a | 2
z | 3
2 | a
2 | z
z | 3
a | 2
z | 1
{3,2,1}
z,a,z
a, z
z | 1
a | 2
z | 3
z | 3
a | 2
z | 1
1, 2, 3, 3
z, a, z
ERROR 42601: non-integer constant in ORDER BY at 26
z, a, z
NULL | 3
a | 1
z | 2
1 | 1
2 | 1
3 | 1
DROP TABLE
