# A query that stands in FROM is found by a gin index wherever it is named; conditions on words are tested before the rest is computed.
create table qif (id int primary key, body text, lang text, tv tsvector generated always as (to_tsvector('english', body)) stored);
insert into qif (id, body, lang) select i, case when i % 50 = 0 then 'rare ' else '' end || case i % 7 when 0 then 'red shoes ' else 'blue hats ' end || i, case i % 2 when 0 then 'de' else 'en' end from generate_series(1, 6000) i;
create table tagged (doc int, tag text);
insert into tagged select i * 50, 'tag' || i % 3 from generate_series(1, 50) i;
create index qif_tv on qif using gin (tv);
vacuum qif;
select id, ts_rank(tv, q) from qif, to_tsquery('english', 'rare & shoes') q where tv @@ q order by ts_rank(tv, q) desc, id limit 3;
select id, ts_rank(tv, q) as r from qif d, plainto_tsquery('english', 'rare shoe') as q where d.tv @@ q order by r desc, id desc limit 3;
select d.id, q.q from qif d cross join websearch_to_tsquery('english', 'rare -hats') q where d.tv @@ q.q order by 1 limit 2;
select id, given from qif, to_tsquery('english', 'rare & shoe') as t(given) where tv @@ t.given order by id limit 2;
select count(*) from qif, to_tsquery('english', 'red') q where tv @@ q;
select lang, count(*), max(ts_rank(tv, q)) from qif, to_tsquery('english', 'red') q where tv @@ q group by lang order by lang;
select lang, count(*) from qif, to_tsquery('english', 'red') q where tv @@ q group by lang, q order by lang;
select q, count(*) from qif, to_tsquery('english', 'red') q where tv @@ q group by q;
select * from qif, to_tsquery('english', 'rare & shoe') q where tv @@ q order by id limit 1;
select q.*, id from qif, to_tsquery('english', 'rare & shoe') q where tv @@ q order by id limit 1;
select id from qif, to_tsquery('english', 'rare') a, to_tsquery('english', 'shoe') b where tv @@ a and tv @@ b and tv @@ (a && b) order by id limit 2;
select id, ts_headline('english', body, q) from qif, to_tsquery('english', 'rare & shoe') q where tv @@ q and id > 1000 and lang = 'de' order by id limit 2;
select id, row_number() over (order by ts_rank(tv, q) desc, id) from qif, to_tsquery('english', 'rare') q where tv @@ q order by 2 limit 2;
select id from qif, to_tsquery('english', 'rare') tv where qif.tv @@ tv.tv order by id limit 2;
select id from qif, to_tsquery('english', 'rare') tv where tv @@ tv;
select id from qif, to_tsquery('english', null) q where tv @@ q;
select id, q from qif, to_tsquery('english', null) q order by id limit 1;
select id from qif, to_tsquery('english', 'a &') q where tv @@ q;
select id, n from qif, generate_series(1, 2) n where tv @@ 'rare & shoe' order by id, n limit 3;
select d.id, t.tag, ts_rank(d.tv, q) from qif d join tagged t on t.doc = d.id, to_tsquery('english', 'rare & shoe') q where d.tv @@ q order by d.id limit 3;
select d.id, t.tag from qif d left join tagged t on t.doc = d.id + 50 where d.tv @@ to_tsquery('english', 'rare & shoe') order by d.id desc limit 3;
select t.doc, d.id from tagged t left join qif d on d.id = t.doc where d.tv @@ to_tsquery('english', 'rare & shoe') is not true order by t.doc limit 3;
select tag, count(*) from tagged where doc in (select id from qif, to_tsquery('english', 'rare & shoe') q where tv @@ q) group by tag order by tag;
select doc, (select count(*) from qif where tv @@ to_tsquery('english', 'rare') and id <= doc) from tagged order by doc limit 2;
select doc from tagged where exists (select 1 from qif where qif.id = tagged.doc and tv @@ to_tsquery('english', 'shoe')) order by doc limit 2;
with q as (select to_tsquery('english', 'rare & shoe') v) select id from qif, q where tv @@ v order by id limit 2;
select id from qif, (select to_tsquery('english', 'rare & shoe') v) q where tv @@ v order by id limit 2;
select id from (select id, tv from qif where tv @@ to_tsquery('english', 'rare')) s where tv @@ to_tsquery('english', 'shoe') order by length(tv), id limit 2;
select id from qif where tv @@ to_tsquery('english', 'rare & shoe') union all select doc from tagged where doc < 120 order by 1 limit 4;
select qif from qif where tv @@ to_tsquery('english', 'rare & shoe') order by length(body), id limit 1;
select upper(body) from qif where tv @@ to_tsquery('english', 'rare & shoe') or id = 1 order by length(body), id limit 2;
select distinct lang, upper(lang) from qif where tv @@ 'rare';
explain (costs off) select id from qif where tv @@ to_tsquery('english', 'rare');
explain (costs off) select id, ts_rank(tv, q) from qif, to_tsquery('english', 'rare & shoe') q where tv @@ q order by 2 desc limit 3;
prepare qif_find (text) as select id from qif, plainto_tsquery('english', $1) q where tv @@ q order by ts_rank(tv, q) desc, id limit 2;
execute qif_find('rare shoe');
execute qif_find('hats rare');
deallocate qif_find;
drop table qif;
drop table tagged;
---
CREATE TABLE
INSERT 0 6000
CREATE TABLE
INSERT 0 50
CREATE INDEX
VACUUM
350 | 0.098500855
700 | 0.098500855
1050 | 0.098500855
5950 | 0.098500855
5600 | 0.098500855
5250 | 0.098500855
350 | 'rare' & !'hat'
700 | 'rare' & !'hat'
350 | 'rare' & 'shoe'
700 | 'rare' & 'shoe'
857
de | 428 | 0.06079271
en | 429 | 0.06079271
de | 428
en | 429
'red' | 857
350 | rare red shoes 350 | de | '350':4 'rare':1 'red':2 'shoe':3 | 'rare' & 'shoe'
'rare' & 'shoe' | 350
350, 700
1050 | <b>rare</b> red <b>shoes</b> 1050
1400 | <b>rare</b> red <b>shoes</b> 1400
50 | 1
100 | 2
50, 100
ERROR 42702: column reference "tv" is ambiguous at 60
(no rows)
1 | NULL
ERROR 42601: no operand in tsquery: "a &"
350 | 1
350 | 2
700 | 1
350 | tag1 | 0.098500855
700 | tag2 | 0.098500855
1050 | tag0 | 0.098500855
5950 | NULL
5600 | NULL
5250 | NULL
50 | 50
100 | 100
150 | 150
tag0 | 2
tag1 | 3
tag2 | 2
50 | 1
100 | 2
350, 700
350, 700
350, 700
350, 700
50, 100, 350, 700
(350,"rare red shoes 350",de,"'350':4 'rare':1 'red':2 'shoe':3")
BLUE HATS 1, RARE RED SHOES 350
de | DE
Bitmap Heap Scan on qif
  Filter: (tv @@ to_tsquery('english', 'rare'))
  ->  Bitmap Index Scan on qif_tv
        Index Cond: (tv @@ to_tsquery('english', 'rare'))
Relational (tuples or DuckDB)
  By Tuples: up to 2000 rows gone through
  ->  Bitmap Heap Scan on qif
        Filter: (tv @@ to_tsquery('english', 'rare & shoe'))
        ->  Bitmap Index Scan on qif_tv
              Index Cond: (tv @@ to_tsquery('english', 'rare & shoe'))
PREPARE
350, 700
50, 100
DEALLOCATE
DROP TABLE
DROP TABLE
