# Arrays of enums, composite types and domains, and arrays of domains' values that functions give.
create type jcol as enum ('r', 'g');
create type jcomp as (x int, y text[]);
create domain jdom as int check (value > 0);
create table jc (id int, e jcol[], c jcomp[], d jdom[], dd jdom);
insert into jc values (1, '{r,g}', array[row(1, '{a}')::jcomp, row(2, '{{b,c}}')::jcomp], '{1,2}', 3);
insert into jc values (2, '{{r},{g}}', '{"(1,{a})"}', '{{1},{2}}', 3);
insert into jc values (3, '{x}', null, null, null);
select * from jc order by id;
select id, e[1], e[2][1], c[1], (c[1]).x, (c[2]).y, (c[2]).y[1][2], d[1], d[2][1] from jc order by id;
select array_agg(dd), pg_typeof(array_agg(dd)), array_agg(e) from jc where id = 1;
select pg_typeof(array_agg(dd)), pg_typeof(d), pg_typeof(d[1]), pg_typeof(array[dd]) from jc group by d, dd limit 1;
select unnest(c) from jc where id = 1;
select (unnest(c)).* from jc where id = 1;
select * from unnest((select c from jc where id = 1));
select id from jc where 'g' = any(e) order by id;
select id from jc where row(1, '{a}')::jcomp = any(c) order by id;
select e, count(*) from jc group by e order by e;
select c from jc order by c;
create index on jc (e);
create index on jc (c);
create index on jc (d);
select id from jc where e = '{r,g}';
select id from jc where c = array[row(1, '{a}')::jcomp, row(2, '{{b,c}}')::jcomp];
select id from jc where d = '{1,2}';
select id, d || 5, d || 0 from jc where id = 1;
insert into jc (id, d) values (7, array[1] || 0);
update jc set d = d || 0 where id = 1;
select array[1,0]::jdom[];
select array[[1,2],[3,4]]::jdom[];
select '{1,2}'::int[]::jdom[];
select (array[1,2]::jdom[])[1:1];
alter type jcol rename value 'r' to 'red';
select e from jc order by id;
alter type jcomp add attribute z int;
select c from jc order by id;
create domain jarr as int[] check (cardinality(value) < 3);
create table jc4 (id int, d jdom[], dd jdom, ar jarr);
insert into jc4 values (1, '{1,2}', 3, '{1,2}');
select pg_typeof(array_agg(dd)), pg_typeof(d), pg_typeof(d[1]), pg_typeof(array[dd]), pg_typeof(array_agg(d)), pg_typeof(array_agg(ar)), pg_typeof(max(ar)), pg_typeof(max(dd)) from jc4 group by d, dd, ar;
select pg_typeof(d || 5), pg_typeof(d || dd), pg_typeof(array_append(d, dd)), pg_typeof(ar || 5), pg_typeof(ar || ar), pg_typeof(d || d), pg_typeof(d || '{1}'::int[]), pg_typeof(array_remove(d, 1)), pg_typeof(array_remove(ar, 1)) from jc4;
select pg_typeof(unnest(d)), pg_typeof(unnest(ar)), pg_typeof(array_fill(dd, '{2}')), pg_typeof(array_position(d, 1)), pg_typeof(trim_array(d,1)), pg_typeof(trim_array(ar,1)) from jc4;
select pg_typeof(lag(dd) over ()), pg_typeof(first_value(dd) over ()), pg_typeof(coalesce(dd, 1)), pg_typeof(coalesce(dd, dd)), pg_typeof(greatest(dd, dd)), pg_typeof(ar[1:1]), pg_typeof(mode() within group (order by dd)) from jc4 group by dd, ar;
select dd + 1, pg_typeof(dd + dd), pg_typeof(abs(dd)), pg_typeof(-dd) from jc4;
select foo(dd) from jc4;
select dd || true from jc4;
select jsonb_build_object('a', dd, 'b', ar), to_jsonb(d), to_jsonb(ar) from jc4;
select trim_array(ar || 7, 0), ar || 7 from jc4;
select array_agg(dd) = d, array_cat(d, ar) from jc4 group by d, ar;
DROP TABLE jc;
DROP TABLE jc4;
DROP DOMAIN jdom;
DROP DOMAIN jarr;
DROP TYPE jcol;
DROP TYPE jcomp;
---
CREATE TYPE
CREATE TYPE
CREATE DOMAIN
CREATE TABLE
INSERT 0 1
INSERT 0 1
ERROR 22P02: invalid input value for enum jcol: "x" at 27
1 | {r,g} | {"(1,{a})","(2,\"{{b,c}}\")"} | {1,2} | 3
2 | {{r},{g}} | {"(1,{a})"} | {{1},{2}} | 3
1 | r | NULL | (1,{a}) | 1 | {{b,c}} | c | 1 | NULL
2 | NULL | g | (1,{a}) | 1 | NULL | NULL | NULL | 2
{3} | jdom[] | {{r,g}}
jdom[] | jdom[] | jdom | jdom[]
(1,{a}), (2,"{{b,c}}")
1 | {a}
2 | {{b,c}}
1 | {a}
2 | {{b,c}}
1, 2
1, 2
{r,g} | 1
{{r},{g}} | 1
{"(1,{a})"}, {"(1,{a})","(2,\"{{b,c}}\")"}
CREATE INDEX
CREATE INDEX
CREATE INDEX
1
1
1
1 | {1,2,5} | {1,2,0}
ERROR 23514: value for domain jdom violates check constraint "jdom_check"
ERROR 23514: value for domain jdom violates check constraint "jdom_check"
ERROR 23514: value for domain jdom violates check constraint "jdom_check"
{{1,2},{3,4}}
{1,2}
{1}
ALTER TYPE
{red,g}, {{red},{g}}
ALTER TYPE
{"(1,{a},)","(2,\"{{b,c}}\",)"}, {"(1,{a},)"}
CREATE DOMAIN
CREATE TABLE
INSERT 0 1
jdom[] | jdom[] | jdom | jdom[] | jdom[] | integer[] | integer[] | integer
integer[] | jdom[] | jdom[] | integer[] | integer[] | jdom[] | integer[] | integer[] | integer[]
jdom | integer | jdom[] | integer | jdom[] | integer[]
jdom | integer | jdom[] | integer | jdom[] | integer[]
jdom | jdom | integer | jdom | jdom | integer[] | jdom
4 | integer | integer | integer
ERROR 42883: function foo(jdom) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: jdom || boolean at 11
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
{"a": 3, "b": [1, 2]} | [1, 2] | [1, 2]
{1,2,7} | {1,2,7}
f | {1,2,1,2}
DROP TABLE
DROP TABLE
DROP DOMAIN
DROP DOMAIN
DROP TYPE
DROP TYPE
