# An index of kind bm25 ranks texts by words: the negative score, smaller is better; deletes, masks, AS OF and fusion.
create table bmd (id int primary key, body text, e vector(2));
insert into bmd values (1, 'The red shoes', '[1,1]'), (2, 'Red, red shoes and blue shoes', '[2,1]'), (3, 'Blue hats', '[3,1]'), (4, null, '[4,1]'), (5, 'A dog', '[5,1]');
select id from bmd order by body <@> 'red shoes' limit 3;
create index bmd_body on bmd using bm25 (body);
select id, round((body <@> 'red shoes')::numeric, 4) from bmd order by body <@> 'red shoes' limit 3;
select id, body <@> 'red shoes' as score from bmd order by score limit 3;
select id, body <@> 'running shoe' as score from bmd where id <> 1 order by body <@> 'running shoe' limit 2;
select id from bmd order by body <@> 'red', id desc limit 4;
select id, body <@> 'nothing' as score from bmd order by 2;
select id, body <@> null as score from bmd order by 2 limit 2;
select id from bmd order by body <@> 'shoe' limit 1 offset 1;
select count(*) from (select id from bmd order by body <@> 'shoe' limit 2) s;
[moment] before;
delete from bmd where id = 2;
update bmd set body = 'blue shoe' where id = 5;
select id, body <@> 'red shoes' as score from bmd order by score limit 3;
select id, body <@> 'red shoes' as score from bmd as of $before order by score limit 3;
select id, rrf(e <-> '[5,1]', body <@> 'blue', k => 1) as score from bmd order by score desc limit 3;
begin;
insert into bmd values (6, 'red red red', '[6,1]');
select id, body <@> 'red' as score from bmd order by score limit 2;
rollback;
select id, body <@> 'red' as score from bmd order by score limit 1;
prepare bmd_find (text) as select id from bmd order by body <@> $1 limit 1;
execute bmd_find('hats');
execute bmd_find('shoes');
explain select id from bmd where id > 0 order by body <@> 'red' limit 1;
select id from bmd order by body <@> 'red' desc limit 1;
select id from bmd where body <@> 'red' < 0;
select id from bmd order by id, body <@> 'red' limit 1;
create index bmd_simple on bmd using bm25 (body) with (text_config = 'simple', k1 = 0.9, b = 0.4);
drop index bmd_body;
select id, body <@> 'shoes' as score from bmd order by score limit 2;
create index on bmd using bm25 (body) with (text_config = 'klingon');
create index on bmd using bm25 (body) with (k1 = -1);
create index on bmd using bm25 (body) with (weights = 1);
create index on bmd using bm25 (id);
create index on bmd using bm25 (body, id);
create unique index on bmd using bm25 (body);
select indexdef from pg_indexes where indexname = 'bmd_simple';
deallocate bmd_find;
drop table bmd;
---
CREATE TABLE
INSERT 0 5
ERROR 42704: column "body" has no bm25 index at 34
HINT: CREATE INDEX ON bmd USING bm25 (body)
CREATE INDEX
1 | -0.6863
2 | -0.6762
3 | 0.0000
1 | -0.6862843371880646
2 | -0.6762411517658004
3 | 0
2 | -0.3381205758829002
3 | 0
1, 2, 5, 3
1 | 0
2 | 0
3 | 0
5 | 0
4 | NULL
1 | NULL
2 | NULL
2
2
DELETE 1
UPDATE 1
1 | -0.65946949193521
5 | -0.2136380132935162
3 | 0
1 | -0.6862843371880646
2 | -0.6762411517658004
3 | 0
5 | 0.8333333333333333
3 | 0.75
4 | 0.3333333333333333
BEGIN
INSERT 0 1
6 | -0.4620981203732969
1 | -0.33007008598092635
ROLLBACK
1 | -0.44583147864169376
PREPARE
3
1
Limit: 1 (rows=1)
  ->  Index Scan using bmd_body on bmd (rows=2)
        Order By: (body <@> 'red')
        Read: 1 of 1 segments without their index
        Filter: (id > 0)
ERROR 0A000: ORDER BY <@> of a text is supported in rising order, of all rows
ERROR 42883: operator does not exist: text <@> unknown at 31
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 0A000: <@> of a text is supported only in ORDER BY, first, and beside it
CREATE INDEX
DROP INDEX
1 | -0.4897150336007193
3 | 0
ERROR 22023: value klingon out of bounds for option "text_config"
ERROR 22023: value -1 out of bounds for option "k1"
DETAIL: Valid values are between "0" and "100".
ERROR 22023: invalid list of numbers: 1
HINT: Write '{3,1}'.
ERROR 42704: data type integer has no default operator class for access method "bm25"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42704: data type integer has no default operator class for access method "bm25"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 0A000: access method "bm25" does not support unique indexes
CREATE INDEX bmd_simple ON public.bmd USING bm25 (body) WITH (text_config=simple, k1='0.9', b='0.4')
DEALLOCATE
DROP TABLE
