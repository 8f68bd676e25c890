# Arrays of vectors, bit strings, floats and moments in columns.
create table jb (id int primary key, a int[], n numeric[], f float8[], t text[], v vector[], h halfvec(2)[], b bit(3)[], s sparsevec[], d date[]);
select array[1.5, 2]::numeric(10,2)[], (select array_agg(x) from (values (1.555),(2)) v(x))::numeric(10,2)[];
insert into jb values (1, '{1,2}', '{1.0,2.00}', '{0.5,NaN,-0}', '{a,"b,c"}', array['[1,2]'::vector, '[3]'], '{"[1,2]","[3,4.5]"}', array[b'101', null, b'010'], '{"{1:1.5}/3",NULL}', '{2020-01-01,infinity}');
select * from jb;
insert into jb (id, h) values (2, '{"[1,2,3]"}');
insert into jb (id, b) values (2, '{1011}');
insert into jb (id, b) select 2, array[b'1011'];
insert into jb (id, v) values (3, '{{"[1]","[2]"},{"[3]","[4]"}}');
select id, v[1], v[2][1], h[2], b[3], s[1], d[2] from jb order by id;
select v[1] <-> v[1], h[1] + h[2] from jb where id = 1;
select unnest(v) from jb order by 1;
select unnest(b), unnest(h) from jb where id = 1;
select id from jb where '[1,2]' = any(v);
select id, v || '[7,8]'::vector from jb where id = 1;
select array_agg(v[1]) from jb where id = 1;
select array_agg(x) from unnest((select v from jb where id = 1)) x;
select id, a::bigint[], n::int[], f::real[], n::text[] from jb where id = 1;
select a::numeric(10,2)[], n::numeric(10,1)[], t::varchar(1)[] from jb where id = 1;
select id from jb where n = '{1,2}';
select id from jb where f = '{0.5,NaN,0}';
select id from jb where f > '{0.5,NaN,-1}';
create unique index on jb (n);
insert into jb (id, n) values (5, '{1,2.0}');
create index on jb (f);
select id from jb where f >= '{0.5}';
select distinct v from jb order by v;
select v, count(*) from jb group by v order by 1;
update jb set v = v || v where id = 1;
select v, array_length(v, 1), array_dims(v) from jb order by id;
select to_jsonb(v), to_jsonb(b), to_jsonb(s) from jb where id = 1;
select id from jb where a @> '{1}';
select id from jb where a @> array[[1],[2]];
select id from jb where a && '{{1},{5}}';
select id from jb where id = any('{{1,2},{3,4}}') order by id;
select id from jb where a = '{1,2}'::bigint[];
select id from jb where a = array[1,2];
select id from jb where a = array[1,2]::smallint[];
select id from jb where a in ('{1,2}', '{3}');
select id from jb where a = any(array['{1,2}'::int[]]);
select id from jb where a > '{}' order by a desc;
DROP TABLE jb;
---
CREATE TABLE
{1.50,2.00} | {1.56,2.00}
INSERT 0 1
1 | {1,2} | {1.0,2.00} | {0.5,NaN,-0} | {a,"b,c"} | {"[1,2]",[3]} | {"[1,2]","[3,4.5]"} | {101,NULL,010} | {"{1:1.5}/3",NULL} | {2020-01-01,infinity}
ERROR 22000: expected 2 dimensions, not 3
ERROR 22026: bit string length 4 does not match type bit(3)
ERROR 22026: bit string length 4 does not match type bit(3)
INSERT 0 1
1 | [1,2] | NULL | [3,4.5] | 010 | {1:1.5}/3 | infinity
3 | NULL | [3] | NULL | NULL | NULL | NULL
0 | [4,6.5]
[1], [1,2], [2], [3], [3], [4]
101 | [1,2]
NULL | [3,4.5]
010 | NULL
1
1 | {"[1,2]",[3],"[7,8]"}
{"[1,2]"}
{"[1,2]",[3]}
1 | {1,2} | {1,2} | {0.5,NaN,-0} | {1.0,2.00}
{1.00,2.00} | {1.0,2.0} | {a,b}
1
1
1
CREATE INDEX
ERROR 23505: duplicate key value violates unique constraint "jb_n_idx"
DETAIL: Key (n)=({1,2.0}) already exists.
CREATE INDEX
1
{{[1],[2]},{[3],[4]}}, {"[1,2]",[3]}
{{[1],[2]},{[3],[4]}} | 1
{"[1,2]",[3]} | 1
UPDATE 1
{"[1,2]",[3],"[1,2]",[3]} | 4 | [1:4]
{{[1],[2]},{[3],[4]}} | 2 | [1:2][1:2]
["[1,2]", "[3]", "[1,2]", "[3]"] | ["101", null, "010"] | ["{1:1.5}/3", null]
1
1
1
1, 3
ERROR 42883: operator does not exist: integer[] = bigint[] at 27
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
1
ERROR 42883: operator does not exist: integer[] = smallint[] at 27
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
1
ERROR 42883: operator does not exist: integer[] = integer at 27
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
1
DROP TABLE
