# hstore: its texts, operators and functions, as PostgreSQL's module has them.
create extension hstore;
select 'a=>1,b=>2'::hstore, ''::hstore, 'b=>1, aa=>NULL, c=>"NULL"'::hstore, '"a b" => "x\"y\\z", q=>null'::hstore;
select 'a=>1,a=>2'::hstore, ' a => 1 , bb=>  2,'::hstore, 'a\=b=>c'::hstore, 'a=>b=c'::hstore, 'ä=>ö, zz=>1'::hstore, 'a=> "" , ""=>x'::hstore;
select 'a=>,b=>1'::hstore;
select 'a=>b c'::hstore;
select 'a'::hstore;
select 'a='::hstore;
select 'a=>'::hstore;
select '=>1'::hstore;
select 'a=>1 b'::hstore;
select 'a=>"x'::hstore;
select 'a=x'::hstore;
select 'a=>1=>2'::hstore;
select 'a=>1,,b=>2'::hstore;
select hstore('a', 'b'), hstore('a', null), hstore(null, 'a'), hstore(array['a','1','b','2']), hstore(array[['a','1'],['b',null]]), hstore(array['a','b'], array['1', null]), hstore(array['a','b'], null);
select hstore(array['a']);
select hstore(array[['a','b','c']]);
select hstore(array[null,'a']);
select hstore(array['a','b'], array['1']);
select hstore('{}'::text[]), '{a,1}'::text[]::hstore;
select h -> 'a', h -> 'z', h -> array['a','c','z'], h ? 'a', h ? 'z', h ?| array['z','a'], h ?& array['a','b'], h ?& array['a','z'] from (values ('a=>1,b=>NULL,c=>3'::hstore)) t(h);
select h @> 'a=>1', h @> 'a=>2', h @> 'b=>NULL', h <@ 'a=>1,b=>NULL,c=>3,d=>4', h @> '' from (values ('a=>1,b=>NULL,c=>3'::hstore)) t(h);
select h || 'a=>9,d=>4', h - 'a'::text, h - array['a','c'], h - 'a=>1,c=>4'::hstore, delete(h, 'b'), delete(h, array['c']), delete(h, 'a=>1'::hstore) from (values ('a=>1,b=>NULL,c=>3'::hstore)) t(h);
select akeys(h), avals(h), exist(h, 'b'), defined(h, 'b'), slice(h, array['a','b','z']), slice_array(h, array['a','z']), hstore_to_array(h), hstore_to_matrix(h), akeys(''), avals('') from (values ('a=>1,b=>NULL,c=>3'::hstore)) t(h);
select skeys('a=>1,b=>2');
select svals('a=>1,b=>NULL') as v;
select * from each('a=>1,b=>NULL');
select key, value from each('a=>1,b=>NULL') order by key desc;
select hstore_to_json(h), hstore_to_jsonb(h), hstore_to_json_loose(h), hstore_to_jsonb_loose(h), h::json, h::jsonb from (values ('a=>1,b=>NULL,c=>x,d=>t,e=>1.50,"f\"g"=>"q\\r",zz=>007,y=>-1e5'::hstore)) t(h);
select 'a=>1,b=>2'::hstore = 'b=>2,a=>1'::hstore, 'a=>1'::hstore <> 'a=>2'::hstore, 'a=>1'::hstore #<# 'a=>2'::hstore, 'a=>1'::hstore #>=# 'a=>2'::hstore;
select 'a=>1'::hstore < 'a=>2'::hstore;
select h from (values ('b=>1'::hstore), ('a=>1,b=>2'), (''), ('a=>NULL'), ('a=>""'), ('aa=>1'), ('a=>a1')) t(h) order by h;
select distinct h from (values ('b=>1,a=>2'::hstore), ('a=>2,b=>1')) t(h);
select h, count(*) from (values ('b=>1,a=>2'::hstore), ('a=>2,b=>1'), ('c=>1')) t(h) group by h order by h;
select (h)['a'], h['b'], h['z'] from (values ('a=>1,b=>NULL'::hstore)) t(h);
select hstore(t) from (values (1, 'x', null::text, true)) t(a, b, c, d);
select hstore(row(1, 2.50, null));
create table h (id int primary key, attrs hstore default '' not null, list hstore[]);
insert into h values (1, 'b=>1,a=>2', array['x=>1'::hstore, 'y=>2']), (2, hstore('k', 'v'), null);
insert into h (id) values (3);
select * from h order by id;
select id from h where attrs -> 'a' = '2';
select id from h where attrs ? 'k';
select id from h where attrs @> 'b=>1';
select id from h where attrs @> hstore('b', '1');
update h set attrs = attrs || 'z=>9' where id = 2 returning attrs;
update h set attrs = attrs || hstore('n', id::text) where id = 3 returning attrs;
update h set attrs = delete(attrs, 'z') where attrs ? 'z' returning *;
select id, (each(attrs)).key, (each(attrs)).value from h order by 1, 2;
select id, k, v from h, each(attrs) as e(k, v) order by 1, 2;
select attrs -> 'a' as a, count(*) from h group by 1 order by 1;
select (attrs -> 'a')::int + 1 from h where attrs ? 'a';
select list[1] -> 'x' from h where id = 1;
select pg_typeof(attrs), pg_typeof(attrs -> 'a'), pg_typeof(list), attrs::text, length(attrs::text) from h where id = 1;
select attrs::text::hstore = attrs from h where id = 1;
select typname, typcategory, typtype, typlen from pg_type where typname in ('hstore', '_hstore') order by 1;
select column_name, data_type, udt_name from information_schema.columns where table_name = 'h' order by ordinal_position;
select '{"a": 1}' ? 'a', '{"a": 1}'::jsonb -> 'a', '{"a": 1}'::jsonb - 'a';
select '{"a": 1}' ? 'a';
select %% 'a=>1,b=>2'::hstore, %# 'a=>1,b=>2'::hstore;
select array_agg(attrs order by id) from h;
select string_agg(attrs::text, ';' order by id) from h;
select coalesce(attrs, ''), case when true then attrs end, greatest(attrs, 'a=>1') from h where id = 3;
select to_json(attrs), json_build_object('h', attrs) from h where id = 1;
select hstore 'a=>1', cast('a=>1' as hstore);
select null::hstore -> 'a', 'a=>1'::hstore -> null, 'a=>1'::hstore || null;
alter table h alter column list type text using list::text;
drop extension hstore;
drop table h;
drop extension hstore;
select 'a=>1'::hstore;
create extension hstore;
create table h (attrs hstore);
create index on h (attrs);
create index on h using gin (attrs);
update h set attrs['a'] = 'b';
select populate_record(h, attrs) from h;
insert into h values ('');
select populate_record(h, attrs) from h;
select h.attrs < h.attrs from h;
drop table h;
drop extension hstore;
---
CREATE EXTENSION
"a"=>"1", "b"=>"2" |  | "b"=>"1", "c"=>"NULL", "aa"=>NULL | "q"=>NULL, "a b"=>"x\"y\\z"
"a"=>"1" | "a"=>"1", "bb"=>"2" | "a=b"=>"c" | "a"=>"b=c" | "zz"=>"1", "ä"=>"ö" | ""=>"x", "a"=>""
"a"=>",b=>1"
ERROR 42601: syntax error in hstore, near "c" at position 5 at 8
ERROR 42601: syntax error in hstore: unexpected end of string at 8
ERROR 42601: syntax error in hstore: unexpected end of string at 8
ERROR 42601: syntax error in hstore: unexpected end of string at 8
ERROR 42601: syntax error in hstore, near "=" at position 0 at 8
ERROR 42601: syntax error in hstore, near "b" at position 5 at 8
ERROR 42601: syntax error in hstore: unexpected end of string at 8
ERROR 42601: syntax error in hstore, near "x" at position 2 at 8
"a"=>"1=>2"
"a"=>"1", ",b"=>"2"
"a"=>"b" | "a"=>NULL | NULL | "a"=>"1", "b"=>"2" | "a"=>"1", "b"=>NULL | "a"=>"1", "b"=>NULL | "a"=>NULL, "b"=>NULL
ERROR 2202E: array must have even number of elements
ERROR 2202E: array must have two columns
ERROR 22004: null value not allowed for hstore key
ERROR 2202E: arrays must have same bounds
 | "a"=>"1"
1 | NULL | {1,3,NULL} | t | f | t | t | f
t | f | t | t | t
"a"=>"9", "b"=>NULL, "c"=>"3", "d"=>"4" | "b"=>NULL, "c"=>"3" | "b"=>NULL | "b"=>NULL, "c"=>"3" | "a"=>"1", "c"=>"3" | "a"=>"1", "b"=>NULL | "b"=>NULL, "c"=>"3"
{a,b,c} | {1,NULL,3} | t | f | "a"=>"1", "b"=>NULL | {1,NULL} | {a,1,b,NULL,c,3} | {{a,1},{b,NULL},{c,3}} | {} | {}
a, b
1, NULL
a | 1
b | NULL
b | NULL
a | 1
{"a": "1", "b": null, "c": "x", "d": "t", "e": "1.50", "y": "-1e5", "zz": "007", "f\"g": "q\\r"} | {"a": "1", "b": null, "c": "x", "d": "t", "e": "1.50", "y": "-1e5", "zz": "007", "f\"g": "q\\r"} | {"a": 1, "b": null, "c": "x", "d": true, "e": 1.50, "y": -1e5, "zz": "007", "f\"g": "q\\r"} | {"a": 1, "b": null, "c": "x", "d": true, "e": 1.50, "y": -100000, "zz": "007", "f\"g": "q\\r"} | {"a": "1", "b": null, "c": "x", "d": "t", "e": "1.50", "y": "-1e5", "zz": "007", "f\"g": "q\\r"} | {"a": "1", "b": null, "c": "x", "d": "t", "e": "1.50", "y": "-1e5", "zz": "007", "f\"g": "q\\r"}
t | t | t | f
ERROR 42883: operator does not exist: hstore < hstore at 23
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
, "a"=>"", "a"=>NULL, "a"=>"1", "b"=>"2", "a"=>"a1", "aa"=>"1", "b"=>"1"
"a"=>"2", "b"=>"1"
"a"=>"2", "b"=>"1" | 2
"c"=>"1" | 1
1 | NULL | NULL
"a"=>"1", "b"=>"x", "c"=>NULL, "d"=>"t"
"f1"=>"1", "f2"=>"2.50", "f3"=>NULL
CREATE TABLE
INSERT 0 2
INSERT 0 1
1 | "a"=>"2", "b"=>"1" | {"\"x\"=>\"1\"","\"y\"=>\"2\""}
2 | "k"=>"v" | NULL
3 |  | NULL
1
2
1
1
"k"=>"v", "z"=>"9"
UPDATE 1
"n"=>"3"
UPDATE 1
2 | "k"=>"v" | NULL
UPDATE 1
1 | a | 2
1 | b | 1
2 | k | v
3 | n | 3
1 | a | 2
1 | b | 1
2 | k | v
3 | n | 3
2 | 1
NULL | 2
3
1
hstore | text | hstore[] | "a"=>"2", "b"=>"1" | 18
t
_hstore | A | b | -1
hstore | U | b | -1
id | integer | int4
attrs | USER-DEFINED | hstore
list | ARRAY | _hstore
ERROR 42725: operator is not unique: unknown ? unknown at 19
HINT: Could not choose a best candidate operator. You might need to add explicit type casts.
ERROR 42725: operator is not unique: unknown ? unknown at 19
HINT: Could not choose a best candidate operator. You might need to add explicit type casts.
{a,1,b,2} | {{a,1},{b,2}}
{"\"a\"=>\"2\", \"b\"=>\"1\"","\"k\"=>\"v\"","\"n\"=>\"3\""}
"a"=>"2", "b"=>"1";"k"=>"v";"n"=>"3"
"n"=>"3" | "n"=>"3" | "n"=>"3"
{"a": "2", "b": "1"} | {"h" : {"a": "2", "b": "1"}}
"a"=>"1" | "a"=>"1"
NULL | NULL | NULL
ALTER TABLE
ERROR 2BP01: cannot drop extension hstore because other objects depend on it
DETAIL: column attrs of table h depends on type hstore
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TABLE
DROP EXTENSION
ERROR 42704: type "hstore" does not exist at 16
CREATE EXTENSION
CREATE TABLE
ERROR 42704: data type hstore has no default operator class for access method "btree"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42704: data type hstore has no default operator class for access method "gin"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 0A000: an assignment to a part of hstore is not supported
HINT: Use the operator ||.
(no rows)
INSERT 0 1
ERROR 0A000: the function populate_record of hstore is not supported yet
ERROR 42883: operator does not exist: hstore < hstore at 16
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
DROP TABLE
DROP EXTENSION
