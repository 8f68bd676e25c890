# citext: keys, order, groups, patterns, casts, and what depends on the extension.
select 'a'::citext;
create extension citext;
create table users (id int primary key, email citext unique, tags citext[], v varchar(5), c char(5), t text);
insert into users values (1, 'Ann@X.org', '{A,b}', 'AbC', 'AbC', 'AbC'), (2, 'bob@x.org', '{c}', 'B', 'b', 'b'), (3, null, null, null, null, null);
insert into users values (4, 'ANN@x.ORG');
insert into users (id, email) values (5, 'Ärger'), (6, 'Zed'), (7, 'yes');
insert into users (id, email) values (8, 'ärger');
insert into users (id, email) values (9, 'ann@x.org') on conflict (email) do update set tags = '{z}' returning id, email, tags;
select id, email from users where email = 'ANN@X.ORG';
select id, email from users where email = 'ANN@X.ORG'::text;
select id, email from users where email = 'ANN@X.ORG'::varchar;
select id, email from users where email in ('ANN@X.ORG', 'BOB@x.org') order by email;
select id, email from users where email = any('{ANN@X.ORG,yEs}') order by email;
select id, email from users where email = any('{ANN@X.ORG,yEs}'::text[]) order by email;
select id, email from users where email = any('{ANN@X.ORG,yEs}'::citext[]) order by email;
select id, email from users where email > 'B' order by email desc;
select id, email from users where email between 'B' and 'Z' order by email;
select id, email from users order by email, id;
select email, lower(email), upper(email), length(email), email || 'x', pg_typeof(email || 'x'), pg_typeof(lower(email)) from users where id = 1;
select count(*), min(email), max(email) from users;
select pg_typeof(min(email)), pg_typeof(coalesce(email, 'x')) from users group by email limit 1;
select email from users where email like 'ann%';
select email from users where email like 'ANN%'::text;
select email from users where email not like 'ann%' order by 1;
select email from users where email ilike 'ann%';
select email from users where email ~ '^ANN';
select email from users where email !~ '^ANN' order by 1;
select email from users where email similar to 'ann%';
select email from users where email similar to 'ANN%';
select a, count(*) from (values ('A'::citext), ('a'), ('B'), ('b'), (null)) t(a) group by a order by 2, 1;
select distinct a from (values ('b'::citext), ('a'), ('B'), ('A')) t(a) order by a;
select count(distinct a) from (values ('b'::citext), ('a'), ('B'), ('A')) t(a);
select a from (values ('b'::citext), ('a')) t(a) union select 'B'::citext order by 1;
select a from (values ('b'::citext), ('a')) t(a) except select 'B'::citext;
select u.id, w.id from users u join users w on u.email = w.email order by 1;
select u.id from users u join (values ('ANN@X.org'::citext)) o(e) on u.email = o.e;
select u.id from users u where u.email in (select 'ANN@X.org'::citext);
select u.id from users u where exists (select 1 from (values ('ANN@X.org'::citext)) o(e) where o.e = u.email);
select 'a'::citext = 'A', 'a'::citext = 'A'::text, 'a'::citext = 'A'::citext, 'a'::citext < 'B'::citext, 'a'::citext <> 'A', 'B'::citext > 'a';
select 'a'::citext = 'A'::varchar, 'a '::char(3)::citext = 'A', 'a'::citext = 'A'::char(3);
select 'a' = 'A'::citext, 'A'::name = 'a'::citext;
select 'abc'::citext::varchar(2), 'abc'::citext::char(5), true::citext, '10.0.0.1'::inet::citext, 5::citext, '12'::citext::int, now()::citext is null;
select 'AbC'::citext like 'abc', 'AbC'::citext ~~ 'a_c', 'AbC'::citext !~~ 'a_c', 'AbC'::citext ~~* 'a_c', 'AbC'::citext ~ 'B', 'AbC' like 'abc'::citext, 'AbC'::text like 'abc'::citext;
select strpos('ABC'::citext, 'b'::citext), strpos('ABC'::citext, 'b'), position('b'::citext in 'ABC'::citext);
select replace('ABCabc'::citext, 'b', 'X'), split_part('aXbxc'::citext, 'x', 2), translate('abcABC'::citext, 'b', 'z');
select regexp_replace('ABC'::citext, 'b', 'x'), regexp_match('ABC'::citext, 'b'), regexp_split_to_array('aXbxc'::citext, 'x'), regexp_matches('ABC'::citext, 'b', 'c');
select regexp_split_to_table('aXbxc'::citext, 'x');
select substr('ABC'::citext, 2), substring('ABC'::citext from 2 for 1), left('ABC'::citext, 2), trim('  a '::citext), concat('a'::citext, 'B'), reverse('ab'::citext), md5('A'::citext), initcap('abC'::citext);
select citext_cmp('a', 'B'), citext_cmp('a', 'A');
select array['a'::citext, 'B'] = array['A'::citext, 'b'], 'B' = any(array['a'::citext,'b']), array_agg(email order by email) from users where id < 3;
select tags, tags[1], array_position(tags, 'B'), tags @> '{B}', 'a'::citext = any(tags) from users where id = 1;
select case when email = 'ANN@x.org' then 'y' else 'n' end, nullif(email, 'ANN@x.org'), greatest('a'::citext, 'B'), least('a'::citext, 'B') from users where id = 1;
create index on users (email);
create table o (id int primary key, email citext references users (email));
insert into o values (1, 'BOB@X.ORG');
insert into o values (2, 'nobody');
select o.id, u.email, o.email from o join users u using (email);
update users set email = 'Bob@x.org' where id = 2;
delete from users where email = 'BOB@x.org';
update users set email = t || '@y' where id = 1 returning email;
insert into users (id, email, t) values (20, 'Q'::text, 'q'::citext) returning *;
alter table users alter column t type citext;
select t from users where t = 'ABC';
alter table users alter column t type text;
select t from users where t = 'ABC';
create table k (name citext primary key, n int);
insert into k values ('One', 1), ('TWO', 2);
insert into k values ('one', 3);
select n from k where name = 'ONE';
update k set n = n + 1 where name = 'two' returning *;
insert into k values ('ONE', 9) on conflict (name) do update set n = excluded.n returning *;
delete from k where name = 'oNe' returning *;
merge into k using (values ('Two'::citext, 7)) s(a, b) on k.name = s.a when matched then update set n = s.b;
select * from k;
select column_name, data_type, udt_schema, udt_name from information_schema.columns where table_name = 'users' order by ordinal_position;
select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'users'::regclass and attnum > 0 order by attnum;
select typname, typcategory, typispreferred, typtype, typlen, typnamespace::regnamespace, typdelim from pg_type where typname in ('citext', '_citext') order by 1;
select row_number() over (partition by a order by b), rank() over (order by a) from (values ('x'::citext, 1), ('X', 2)) t(a, b) order by 1;
select a from (values ('b'::citext), ('A'), ('C')) t(a) order by a;
select 'x'::citext collate "C" = 'X';
select json_build_object('a', 'B'::citext), to_json('B'::citext), to_jsonb('B'::citext), quote_literal('a'::citext), format('%s', 'a'::citext);
select email::text = 'ann@x.org' from users where id = 1;
select 'a'::citext || 'b'::citext, 'a'::citext || 1, pg_typeof('a'::citext || 'b'::citext);
create domain em as citext check (value ~ '@');
create table dd (e em);
insert into dd values ('A@b'), ('x');
insert into dd values ('A@b');
select * from dd where e = 'a@B';
drop extension citext;
drop table dd;
drop domain em;
drop table o;
drop extension citext cascade;
select * from k;
drop table k, users;
---
ERROR 42704: type "citext" does not exist at 13
CREATE EXTENSION
CREATE TABLE
INSERT 0 3
ERROR 23505: duplicate key value violates unique constraint "users_email_key"
DETAIL: Key (email)=(ANN@x.ORG) already exists.
INSERT 0 3
ERROR 23505: duplicate key value violates unique constraint "users_email_key"
DETAIL: Key (email)=(ärger) already exists.
1 | Ann@X.org | {z}
INSERT 0 1
1 | Ann@X.org
(no rows)
(no rows)
1 | Ann@X.org
2 | bob@x.org
1 | Ann@X.org
7 | yes
(no rows)
1 | Ann@X.org
7 | yes
5 | Ärger
6 | Zed
7 | yes
2 | bob@x.org
2 | bob@x.org
7 | yes
1 | Ann@X.org
2 | bob@x.org
7 | yes
6 | Zed
5 | Ärger
3 | NULL
Ann@X.org | ann@x.org | ANN@X.ORG | 9 | Ann@X.orgx | text | text
6 | Ann@X.org | Ärger
citext | citext
Ann@X.org
Ann@X.org
bob@x.org, yes, Zed, Ärger
Ann@X.org
Ann@X.org
bob@x.org, yes, Zed, Ärger
Ann@X.org
Ann@X.org
NULL | 1
A | 2
B | 2
a, b
2
a, b
a
1 | 1
2 | 2
5 | 5
6 | 6
7 | 7
1
1
1
t | f | t | t | f | t
f | t | f
t | f
ab | abc   | true | 10.0.0.1/32 | 5 | 12 | f
t | t | f | t | t | t | f
2 | 2 | 0
AXCaXc | b | azcAzC
(no rows)
a, b, c
BC | B | AB | a | aB | ba | 7fc56270e7a70fa81a5935b72eacbe29 | Abc
-1 | 0
t | t | {Ann@X.org,bob@x.org}
{z} | z | NULL | f | f
y | NULL | B | a
CREATE INDEX
CREATE TABLE
INSERT 0 1
ERROR 23503: insert or update on table "o" violates foreign key constraint "o_email_fkey"
DETAIL: Key (email)=(nobody) is not present in table "users".
1 | bob@x.org | BOB@X.ORG
UPDATE 1
ERROR 23503: update or delete on table "users" violates foreign key constraint "o_email_fkey" on table "o"
DETAIL: Key (email)=(Bob@x.org) is still referenced from table "o".
AbC@y
UPDATE 1
20 | Q | NULL | NULL | NULL | q
INSERT 0 1
ALTER TABLE
AbC
ALTER TABLE
(no rows)
CREATE TABLE
INSERT 0 2
ERROR 23505: duplicate key value violates unique constraint "k_pkey"
DETAIL: Key (name)=(one) already exists.
1
TWO | 3
UPDATE 1
One | 9
INSERT 0 1
One | 9
DELETE 1
MERGE 1
TWO | 7
id | integer | pg_catalog | int4
email | USER-DEFINED | public | citext
tags | ARRAY | public | _citext
v | character varying | pg_catalog | varchar
c | character | pg_catalog | bpchar
t | text | pg_catalog | text
integer, citext, citext[], character varying(5), character(5), text
_citext | A | f | b | -1 | public | ,
citext | S | f | b | -1 | public | ,
1 | 1
2 | 1
A, b, C
t
{"a" : "B"} | "B" | "B" | 'a' | a
f
ab | a1 | text
CREATE DOMAIN
CREATE TABLE
ERROR 23514: value for domain em violates check constraint "em_check"
INSERT 0 1
A@b
ERROR 2BP01: cannot drop extension citext because other objects depend on it
DETAIL: column email of table users depends on type citext
column tags of table users depends on type citext
column email of table o depends on type citext
column name of table k depends on type citext
column e of table dd depends on type citext
type em depends on type citext
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TABLE
DROP DOMAIN
DROP TABLE
DROP EXTENSION
7
DROP TABLE
