CREATE TABLE kt(id int primary key, n numeric, j jsonb, c char(5), a int[], i interval, ts timestamptz);
INSERT INTO kt values (1,1.0,'{"a":1}','ab','{1,2}','1 mon','2020-01-01'),(2,1.00,'{"a":1.0}','ab ','{1,2}','30 days','2020-01-01'),(3,2,'[1]','b','{1}','1 day',null),(4,null,null,null,null,null,null),(5,10,'"x"','abc','{3,null}','25:00','infinity');
SELECT 1.00 UNION SELECT 1.0;
SELECT 1.0 UNION SELECT 1.00;
SELECT 1.0, 'a' UNION SELECT 1.00, 'a' UNION SELECT 1.000, 'b' ORDER BY 2;
SELECT interval '30 days' UNION SELECT interval '1 mon';
---
CREATE TABLE
INSERT 0 5
1.00
1.0
1.0 | a
1.000 | b
30 days

# Values that are equal in another form (1.0 and 1.00, jsonb, char(n), 1 mon and 30 days) are one group, one key, one row.
select count(*), min(id) from kt group by n order by 2;
select count(*), min(id) from kt group by j order by 2;
select count(*), min(id) from kt group by c order by 2;
select count(*), min(id) from kt group by a order by 2;
select count(*), min(id) from kt group by i order by 2;
select count(distinct n), count(distinct j), count(distinct i) from kt t;
select id from kt t group by id, n order by n desc nulls last, id;
select id from kt t group by id, j order by j, id;
select t.id from kt t join kt u on t.id = u.id order by t.a, t.id;
select t.id from kt t join kt u on t.id = u.id order by t.i desc, t.id;
select n from (select distinct n+0 as n from kt) x order by n;
select a.id, b.id from kt a join kt b on a.n = b.n where a.id < b.id;
select a.id, b.id from kt a join kt b using (n) where a.id < b.id;
select n from kt where id = 1 union select n from kt where id = 3 order by 1;
select j from kt where id = 1 intersect select j from kt where id = 2;
select n from kt except select 1.000 order by 1;
select greatest(n, 1.5), least(n, 1.5), greatest(j, '[]') from kt t group by id, n, j order by id;
select id from kt t group by id, n having n in (1, 2.00) order by id;
select id from kt where n in (select 1.000) order by id;
select id from kt where n not in (select 1.000 union all select 2) order by id;
select id, rank() over (order by n), count(*) over (partition by j) from kt order by id;
select distinct on (n) n, id from kt order by n, id;
select max(n), min(n), max(c) from kt t;
select array_agg(n order by n desc), string_agg(c, ',' order by c) from kt t;
select case when n > 1 then n end from kt t group by id, n order by id;
select avg(n), sum(n), sum(i), avg(i) from kt t;
select ts, ts > '2019-01-01', extract(year from ts) from kt t group by id, ts order by id;
select i * 2, i + interval '1 day', -i from kt t group by id, i order by id;
select now() = now(), random() between 0 and 1;
begin;
select setseed(0.5) is null;
select random(), random() from (values (1)) v(x);
select count(distinct now()) from kt t;
commit;
select sum(distinct n) from kt t;
---
2 | 1
1 | 3
1 | 4
1 | 5
2 | 1
1 | 3
1 | 4
1 | 5
2 | 1
1 | 3
1 | 4
1 | 5
2 | 1
1 | 3
1 | 4
1 | 5
2 | 1
1 | 3
1 | 4
1 | 5
3 | 3 | 3
5, 3, 1, 2, 4
5, 3, 1, 2, 4
3, 1, 2, 5, 4
4, 1, 2, 5, 3
1.0, 2, 10, NULL
1 | 2
1 | 2
1.0, 2
{"a": 1}
2, 10, NULL
1.5 | 1.0 | {"a": 1}
1.5 | 1.00 | {"a": 1.0}
2 | 1.5 | [1]
1.5 | 1.5 | []
10 | 1.5 | "x"
1, 2, 3
1, 2
5
1 | 1 | 2
2 | 1 | 2
3 | 3 | 1
4 | 5 | 1
5 | 4 | 1
1.0 | 1
2 | 3
10 | 5
NULL | 4
10 | 1.00 | b    
{NULL,10,2,1.0,1.00} | ab,ab,abc,b
NULL, NULL, 2, NULL, 10
3.5000000000000000 | 14.00 | 1 mon 31 days 25:00:00 | 15 days 12:15:00
2020-01-01 00:00:00+00 | t | 2020
2020-01-01 00:00:00+00 | t | 2020
NULL | NULL | NULL
NULL | NULL | NULL
infinity | t | Infinity
2 mons | 1 mon 1 day | -1 mons
60 days | 31 days | -30 days
2 days | 2 days | -1 days
NULL | NULL | NULL
50:00:00 | 1 day 25:00:00 | -25:00:00
t | t
BEGIN
f
0.9851677175347999 | 0.825301858027981
1
COMMIT
13.0

DROP TABLE kt;
---
DROP TABLE

# The least and the greatest of equal values is the last of them.
SELECT min(i), max(i) FROM (VALUES ('1 mon'::interval), ('30 days')) x(i);
SELECT min(i) OVER (ORDER BY k), max(i) OVER (ORDER BY k) FROM (VALUES (1, '30 days'::interval), (2, '1 mon')) x(k, i);
---
30 days | 30 days
30 days | 30 days
1 mon | 1 mon

# NULLs do not count among values that DuckDB has another order for.
SELECT GREATEST('1 mon'::interval, NULL::interval), LEAST('1 mon'::interval, '3 days', NULL), GREATEST(NULL::interval, NULL);
SELECT LEAST(i, NULL) FROM (VALUES ('1 mon'::interval)) x(i);
---
1 mon | 3 days | NULL
1 mon
