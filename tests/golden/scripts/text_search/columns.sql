# Columns of tsvector and tsquery, and generated ones.
create table searched (id int primary key, body text, v tsvector, q tsquery, vs tsvector[], g tsvector generated always as (to_tsvector('english', coalesce(body,''))) stored);
insert into searched values (1, 'The fat cats', 'a:1 b', 'a & b', array['a b','c']::tsvector[]), (2, null, null, null, null), (3, 'rats and mice', to_tsvector('x y'), to_tsquery('x & y'), null);
select * from searched order by id;
select id from searched where g @@ to_tsquery('english','cat') order by id;
select id from searched where to_tsvector('english', body) @@ plainto_tsquery('english','mice') order by id;
select id, ts_rank(g, q2) from searched, to_tsquery('english', 'fat & cat') q2 where g @@ q2 order by 2 desc;
select count(*), v from searched group by v order by 2;
select distinct q from searched order by 1;
update searched set body = 'dogs' where id = 1;
select g from searched where id = 1;
create table refused (t tsvector generated always as (to_tsvector(x)) stored, x text);
select min(v) from searched;
---
CREATE TABLE
INSERT 0 3
1 | The fat cats | 'a':1 'b' | 'a' & 'b' | {"'a' 'b'",'c'} | 'cat':3 'fat':2
2 | NULL | NULL | NULL | NULL | 
3 | rats and mice | 'x':1 'y':2 | 'x' & 'y' | NULL | 'mice':3 'rat':1
1
3
1 | 0.09910322
1 | 'a':1 'b'
1 | 'x':1 'y':2
1 | NULL
'x' & 'y', 'a' & 'b', NULL
UPDATE 1
'dog':1
ERROR 42P17: generation expression is not immutable
ERROR 42883: function min(tsvector) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
