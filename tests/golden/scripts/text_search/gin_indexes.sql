# A gin index of a tsvector column, and of an expression, answers @@ as a scan does; phrases, weights and NOT are looked at.
create table gtn (id serial primary key, title text, body text, t tsvector, e vector(2));
insert into gtn (title, body, e) select 'title ' || i, case i % 3 when 0 then 'red shoes and socks' when 1 then 'blue hats' else 'green cars driving' end, array[i, 1]::vector from generate_series(1, 3000) i;
update gtn set t = setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'D') where id > 3;
create index gtn_t on gtn using gin (t);
create index gtn_b on gtn using gin (to_tsvector('english', body));
vacuum gtn;
select count(*) from gtn where t @@ to_tsquery('english', 'shoe');
select id from gtn where t @@ to_tsquery('english', 'shoe & 30:*') and id < 1000 order by id;
select count(*) from gtn where t @@ 'shoe <2> sock';
select count(*) from gtn where t @@ 'shoe <-> sock';
select count(*) from gtn where t @@ '!shoe';
select count(*) from gtn where not t @@ 'shoe';
select count(*) from gtn where t @@ 'shoe | hat';
select count(*) from gtn where t @@ 'titl:A & shoe:D';
select id from gtn where t @@ 'titl:A & 300:A & shoe:D';
select count(*) from gtn where t @@ 'titl:B';
select count(*) from gtn where t @@ '!titl | shoe';
select count(*) from gtn where 'shoe'::tsquery @@ t;
select count(*) from gtn where t @@@ 'shoe'::tsquery;
select count(*) from gtn where t @@ 'shoe' or id < 10;
select count(*) from gtn where t @@ null;
select count(*) from gtn where t @@ 'nothing';
select count(*) from gtn where to_tsvector('english', body) @@ plainto_tsquery('english', 'green car');
select id from gtn where to_tsvector('english', body) @@ websearch_to_tsquery('english', 'shoes -blue') and id < 10 order by id;
select count(*) from gtn where to_tsvector('english', title || ' ' || body) @@ 'shoe & 300';
select id from gtn where t @@ 'shoe & !30:*' order by e <-> '[299,1]' limit 3;
select id, ts_rank(t, q) from gtn, plainto_tsquery('english', 'red shoe 300') q where t @@ q order by 2 desc, 1 limit 3;
delete from gtn where id = 300;
update gtn set body = 'red shoes again', t = to_tsvector('english', 'red shoes again') where id = 301;
select id from gtn where t @@ 'shoe' and id between 290 and 310 order by id;
select id from gtn where to_tsvector('english', body) @@ 'shoe' and id between 290 and 310 order by id;
select indexdef from pg_indexes where tablename = 'gtn' and indexname like 'gtn_t%' order by 1;
create index gtn_ops on gtn using gin (t tsvector_ops);
create index gtn_wrong on gtn using gin (t jsonb_ops);
create index gtn_wrong on gtn using gin (title);
prepare gtn_find (text) as select count(*) from gtn where t @@ plainto_tsquery('english', $1);
execute gtn_find('shoes');
execute gtn_find('hats');
execute gtn_find(null);
deallocate gtn_find;
drop table gtn;
---
CREATE TABLE
INSERT 0 3000
UPDATE 2997
CREATE INDEX
CREATE INDEX
VACUUM
999
30, 300, 303, 306, 309
999
0
1998
1998
1998
999
300
0
999
999
999
1006
0
0
1000
3, 6, 9
1
297, 294, 291
300 | 0.57411134
DELETE 1
UPDATE 1
291, 294, 297, 301, 303, 306, 309
291, 294, 297, 301, 303, 306, 309
CREATE INDEX gtn_t ON public.gtn USING gin (t)
CREATE INDEX
ERROR 42804: operator class "jsonb_ops" does not accept data type tsvector
ERROR 42704: data type text has no default operator class for access method "gin"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
PREPARE
999
998
0
DEALLOCATE
DROP TABLE

# EXPLAIN says which index gave the rows.
create table gte (id int primary key, t tsvector, e vector(2));
insert into gte select i, to_tsvector('english', case i % 50 when 0 then 'rare' else 'common' end || ' word'), array[i, 1]::vector from generate_series(1, 12000) i;
create index gte_t on gte using gin (t);
vacuum gte;
select id from gte where t @@ 'rare' order by e <-> '[600,1]' limit 3;
select count(*) from gte where t @@ 'common';
explain (analyze, costs off, timing off, summary off) select id from gte where t @@ to_tsquery('english', 'rare') order by e <-> '[600,1]' limit 3;
explain select id from gte where t @@ 'rare' and id < 100;
drop table gte;
---
CREATE TABLE
INSERT 0 12000
CREATE INDEX
VACUUM
600, 550, 650
11760
Limit: 3 (actual rows=3)
  ->  Vector Scan on gte (actual rows=3)
        Order By: (e <-> '[600,1]')
        Exact: no index on e for l2
        Filter: (t @@ to_tsquery('english', 'rare'))
        Mask: gin index gte_t on segment N (240 of 12,000 rows)
        Strategy: exact over ids on segment N (240 of 12000 rows pass)
Recall Target: 0.95
Bitmap Heap Scan on gte (rows=1333)
  Filter: ((t @@ '''rare''') AND (id < 100))
  ->  Bitmap Index Scan on gte_t
        Index Cond: (t @@ '''rare''')
DROP TABLE
