# Conditions on words leave few rows to joins and groups, and change nothing else.
create table docs (id int primary key, title text, words tsvector, kind int);
create table tags (id int, tag text, words tsvector, kind int);
create schema shop;
create table shop.goods (id int primary key, title text, words tsvector);
insert into docs select g, 't' || g, to_tsvector('english', case when g % 3 = 0 then 'red shoes' when g % 3 = 1 then 'blue hats' else 'red hats' end), g % 5 from generate_series(1, 2100) g;
insert into docs values (5000, null, null, null);
insert into tags select g, 'x' || g, to_tsvector('english', 'red ' || g), g % 7 from generate_series(1, 60) g;
insert into shop.goods select id, title, words from docs where id <= 100;
create index on docs using gin (words);
select count(*) from docs join tags using (id) where docs.words @@ to_tsquery('english', 'red');
select id, title, tag from docs join tags using (id) where docs.words @@ to_tsquery('english', 'red') order by id limit 5;
select count(*), sum(id) from docs natural join tags where docs.words @@ to_tsquery('english', 'red');
select count(*), sum(docs.id) from docs natural join tags where docs.words @@ to_tsquery('english', 'red');
select id from docs natural join (select id, kind from tags) t where words @@ to_tsquery('english', 'red') order by id;
select docs.id from docs natural join (select id, kind from tags) t where docs.words @@ to_tsquery('english', 'red') order by 1;
select title from docs, tags where words @@ to_tsquery('english', 'red') and docs.id = tags.id order by 1;
select title, ts_rank(words, to_tsquery('english','red')) r from docs where words @@ to_tsquery('english', 'red') group by id order by title limit 3;
select id, title from docs where words @@ to_tsquery('english', 'red') group by id having count(*) > 0 order by id limit 3;
select shop.goods.id, shop.goods.title, ts_rank(shop.goods.words, to_tsquery('english','red')) from shop.goods where shop.goods.words @@ to_tsquery('english', 'red') order by 1 limit 3;
select shop.goods.id, t.tag from shop.goods join tags t on t.id = shop.goods.id where shop.goods.words @@ to_tsquery('english', 'red') order by 1 limit 3;
select d, ts_rank(words, to_tsquery('english','red')) from docs d where words @@ to_tsquery('english', 'red') order by d.id limit 2;
select d.*, t.tag from docs d left join tags t on t.id = d.id and t.words @@ to_tsquery('english','red') where d.words @@ to_tsquery('english', 'blue') order by d.id limit 2;
select d.id, t.tag from docs d left join tags t on t.id = d.id where t.words @@ to_tsquery('english','red') order by d.id limit 3;
select d.id, t.tag from docs d left join tags t on t.id = d.id where not coalesce(t.words @@ to_tsquery('english','red'), false) order by d.id limit 3;
select d.id, t.tag from docs d full join tags t on t.id = d.id where t.words @@ to_tsquery('english','red') order by t.id limit 3;
select d.id, (select max(t.tag) from tags t where t.id = d.id and t.kind = d.kind) from docs d where d.words @@ to_tsquery('english', 'red') order by ts_rank(d.words, 'red'), d.id limit 3;
select id, ts_rank(words, q) from docs, to_tsquery('english', 'red & shoe') q where q @@ words order by 2 desc, id limit 3;
select id, q from docs, to_tsquery('english', 'red & shoe') q where q @@ words order by id limit 3;
select id, q.q from docs cross join to_tsquery('english', 'red & shoe') as q where words @@ q order by id limit 2;
select * from docs, to_tsquery('english', 'red & shoe') q where words @@ q order by id limit 2;
select docs.id from docs, to_tsquery('english', 'red') q, tags t where docs.words @@ q and t.id = docs.id order by 1 limit 3;
select docs.id from docs, to_tsquery('english', 'red') title where words @@ title order by 1 limit 3;
select docs.id, title from docs, to_tsquery('english', 'red') title where docs.words @@ title.title order by 1 limit 3;
select distinct on (kind) kind, id from docs where words @@ to_tsquery('english', 'red') order by kind, id;
select kind, count(*), string_agg(title, ',' order by id) filter (where id < 20) from docs where words @@ to_tsquery('english', 'red') group by kind order by kind;
select kind, rank() over (order by id), id from docs where words @@ to_tsquery('english', 'blue') order by id limit 3;
with docs as (select id, words from tags) select count(*) from docs where words @@ to_tsquery('english', 'red');
select count(*) from docs where words @@ to_tsquery('english', 'red') and id in (select id from tags where words @@ to_tsquery('english', 'red & 3'));
select id from docs where words @@ to_tsquery('english', 'red') union all select id from tags where words @@ to_tsquery('english', '5') order by 1 limit 3;
select exists(select from docs where words @@ to_tsquery('english', 'red') and kind = 3);
select x.id from tags x, lateral (select d.id from docs d where d.words @@ to_tsquery('english', 'red') and d.id = x.id order by ts_rank(d.words, 'red') limit 1) y order by 1 limit 3;
select count(*) from docs where words @@ null::tsquery;
select count(*) from docs where words @@ to_tsquery('english','red') or id = 1;
select title, tag from docs join tags using (id) where docs.words @@ to_tsquery('english', 'red') order by 1 limit 3;
select title, count(*) from docs d join tags t using (id) where d.words @@ to_tsquery('english', 'red') group by title order by 1 limit 3;
select d.title, t.tag from docs d join tags t using (id, kind) where d.words @@ to_tsquery('english', 'red') order by 1 limit 3;
select d.id, d.title, count(*) from docs d join tags t using (id) where d.words @@ to_tsquery('english', 'red') group by d.id order by 1 limit 3;
drop schema shop cascade;
drop table docs, tags;
---
CREATE TABLE
CREATE TABLE
CREATE SCHEMA
CREATE TABLE
INSERT 0 2100
INSERT 0 1
INSERT 0 60
INSERT 0 100
CREATE INDEX
40
2 | t2 | x2
3 | t3 | x3
5 | t5 | x5
6 | t6 | x6
8 | t8 | x8
0 | NULL
0 | NULL
2, 3, 35, 36, 38, 39
2, 3, 35, 36, 38, 39
ERROR 42702: column reference "words" is ambiguous at 36
t1001 | 0.06079271
t1002 | 0.06079271
t1004 | 0.06079271
2 | t2
3 | t3
5 | t5
2 | t2 | 0.06079271
3 | t3 | 0.06079271
5 | t5 | 0.06079271
2 | x2
3 | x3
5 | x5
(2,t2,"'hat':2 'red':1",2) | 0.06079271
(3,t3,"'red':1 'shoe':2",3) | 0.06079271
1 | t1 | 'blue':1 'hat':2 | 1 | x1
4 | t4 | 'blue':1 'hat':2 | 4 | x4
1 | x1
2 | x2
3 | x3
61 | NULL
62 | NULL
63 | NULL
1 | x1
2 | x2
3 | x3
2 | x2
3 | x3
5 | NULL
3 | 0.09910322
6 | 0.09910322
9 | 0.09910322
3 | 'red' & 'shoe'
6 | 'red' & 'shoe'
9 | 'red' & 'shoe'
3 | 'red' & 'shoe'
6 | 'red' & 'shoe'
3 | t3 | 'red':1 'shoe':2 | 3 | 'red' & 'shoe'
6 | t6 | 'red':1 'shoe':2 | 1 | 'red' & 'shoe'
2, 3, 5
ERROR 42702: column reference "title" is ambiguous at 77
ERROR 42702: column reference "title" is ambiguous at 17
0 | 5
1 | 6
2 | 2
3 | 3
4 | 9
0 | 280 | t5,t15
1 | 280 | t6,t11
2 | 280 | t2,t12,t17
3 | 280 | t3,t8,t18
4 | 280 | t9,t14
1 | 1 | 1
4 | 2 | 4
2 | 3 | 7
60
1
2, 3, 5
t
2, 3, 5
0
1401
t11 | x11
t12 | x12
t14 | x14
t11 | 1
t12 | 1
t14 | 1
t2 | x2
t3 | x3
t35 | x35
2 | t2 | 1
3 | t3 | 1
5 | t5 | 1
DROP SCHEMA
DROP TABLE
