# Searches by words, by fused ranks and of some rows of each group stand in the queries of changes and of functions, too.
create table rki (id int primary key, kind int, body text, e vector(2));
insert into rki values (1, 1, 'red shoes', '[1,1]'), (2, 1, 'blue shoes', '[2,1]'), (3, 2, 'red hats', '[3,1]'), (4, 2, 'a dog', '[9,9]');
create index on rki using bm25 (body);
create table rki_found (id int, score float8);
insert into rki_found select id, score from (select id, body <@> 'shoes' as score from rki order by score limit 2) s;
insert into rki_found (id) with x as (select id from rki order by rrf(e <-> '[1,1]', body <@> 'red') desc limit 2) select id from x;
insert into rki_found (id) select id from (select id from rki order by e <-> '[0,0]' limit 4 per kind 1) s;
insert into rki_found values ((select count(*) from (select id from rki order by body <@> 'red' limit 2) s) + 40) returning id, (select max(id) from (select id from rki order by body <@> 'hats' limit 1) s);
select id, score is null from rki_found order by 2, 1;
update rki_found f set score = x.score from (select id, body <@> 'red' as score from rki order by score limit 2) x where x.id = f.id and f.score is null;
delete from rki_found where id in (select id from rki order by body <@> 'blue' limit 1) returning id;
merge into rki_found f using (select id from rki order by body <@> 'dog' limit 1) x on x.id = f.id when not matched then insert values (x.id, 0);
select id, score < 0 from rki_found order by 1, 2;
create function rki_match(q text, n int) returns setof int language sql as 'select id from rki order by body <@> q limit n';
select * from rki_match('red hats', 1);
insert into rki_found (id) select * from rki_match('dog', 1) returning id;
create function rki_bad(q text) returns setof date language sql as 'select id from rki order by body <@> q limit 1';
drop function rki_match;
drop table rki, rki_found;
---
CREATE TABLE
INSERT 0 4
CREATE INDEX
CREATE TABLE
INSERT 0 2
INSERT 0 2
INSERT 0 2
42 | 3
INSERT 0 1
1 | f
2 | f
1 | t
1 | t
3 | t
3 | t
42 | t
UPDATE 4
2
DELETE 1
MERGE 1
1 | t
1 | t
1 | t
3 | t
3 | t
4 | f
42 | NULL
CREATE FUNCTION
3
4
INSERT 0 1
ERROR 42P13: return type mismatch in function declared to return date
DETAIL: Actual return type is integer.
DROP FUNCTION
DROP TABLE
