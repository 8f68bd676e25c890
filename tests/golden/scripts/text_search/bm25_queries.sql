# Ranks by words: phrases, beginnings and exclusions in a query, and several columns with weights.
create table bmq (id int primary key, title text, body text, e vector(2));
insert into bmq values (1, 'Red shoes', 'for running in the rain', '[1,1]'), (2, 'Shoes', 'red as fire, and blue shoes', '[2,1]'), (3, 'Blue hats', 'with red ribbons', '[3,1]'), (4, null, 'the red shoes', '[4,1]'), (5, null, null, '[5,1]'), (6, 'A dog', 'runs', '[6,1]');
create index on bmq using bm25 (body);
create index bmq_both on bmq using bm25 (title, body) with (weights = '{3, 1}');
select id, round((body <@> '"red shoes"')::numeric, 4) from bmq order by body <@> '"red shoes"' limit 3;
select id, round((body <@> 'red -ribbons')::numeric, 4) from bmq order by body <@> 'red -ribbons' limit 6;
select id, -(body <@> 'red shoes') as score, upper(title) from bmq where id < 4 order by body <@> 'red shoes' limit 2;
select id, round(rrf(e <-> '[4,1]', body <@> 'red')::numeric, 4) from bmq order by rrf(e <-> '[4,1]', body <@> 'red') desc limit 2;
select coalesce(title, '') || (body <@> 'red')::int from bmq order by body <@> 'red' limit 1;
select id from bmq order by body <@> 'rib*' limit 1;
select id, body <@> 'red -"red shoes"' < 0 from bmq order by body <@> 'red -"red shoes"' limit 4;
select id, body <@> 'red -"red shoes"' as score from bmq order by score limit 4;
select id, (title, body) <@> 'red shoes' as score from bmq order by score;
select id, (title, body) <@> '"red shoes"' as score from bmq where id <> 4 order by score limit 2;
select id, (title, body) <@> 'runn* dog' as score from bmq order by score limit 2;
select id, (title, body) <@> '-"' as score from bmq order by score, id desc limit 2;
select id, rrf(e <-> '[4,1]', (title, body) <@> 'red shoes', k => 1) as score from bmq order by score desc limit 3;
explain select id from bmq order by (title, body) <@> 'red shoes' limit 1;
select id from bmq order by (body, title) <@> 'red' limit 1;
select id from bmq order by title <@> 'red' limit 1;
prepare bmq_find (text) as select id from bmq order by (title, body) <@> $1 limit 2;
execute bmq_find('"blue shoes"');
execute bmq_find('"blue hats" -ribbons');
execute bmq_find(null);
deallocate bmq_find;
create index on bmq using bm25 (title, body) with (weights = '{3}');
create index on bmq using bm25 (title, body) with (weights = '{3,0}');
create index on bmq using bm25 (title, body) with (weights = 'much');
select indexdef from pg_indexes where indexname = 'bmq_both';
drop table bmq;
---
CREATE TABLE
INSERT 0 6
CREATE INDEX
CREATE INDEX
4 | -0.6678
1 | 0.0000
2 | 0.0000
4 | -0.2545
2 | -0.1836
1 | 0.0000
3 | 0.0000
6 | 0.0000
5 | NULL
2 | 0.48170642783134543 | SHOES
3 | 0.25446186729869347 | BLUE HATS
3 | 0.0325
4 | 0.0325
Blue hats0
3
3 | t
2 | t
1 | f
4 | f
3 | -0.25446186729869347
2 | -0.1835591798160854
1 | 0
4 | 0
1 | -0.5166741082402925
2 | -0.5137293764255688
4 | -0.39027743798408354
3 | -0.1358155706853901
6 | 0
5 | NULL
1 | -0.5166741082402925
2 | 0
6 | -1.0268847119406599
1 | 0
6 | 0
4 | 0
4 | 0.75
1 | 0.6428571428571428
2 | 0.5333333333333333
Limit: 1 (rows=1)
  ->  Index Scan using bmq_both on bmq (rows=6)
        Order By: ((title, body) <@> 'red shoes')
        Read: 1 of 1 segments without their index
ERROR 42704: columns body, title have no bm25 index at 43
HINT: CREATE INDEX ON bmq USING bm25 (body, title)
ERROR 42704: column "title" has no bm25 index at 35
HINT: CREATE INDEX ON bmq USING bm25 (title)
PREPARE
2, 1
1, 2
1, 2
DEALLOCATE
ERROR 22023: option "weights" takes a number for each column
ERROR 22023: value 0.0 out of bounds for option "weights"
ERROR 22023: invalid list of numbers: much
HINT: Write '{3,1}'.
CREATE INDEX bmq_both ON public.bmq USING bm25 (title, body) WITH (weights='{3, 1}')
DROP TABLE
