# @@ between vectors and queries: weights, prefixes, phrases, NOT within them, and vectors without positions.
select 'fat cats ate rats'::tsvector @@ 'cat & rat'::tsquery, 'a:1 b:2'::tsvector @@ 'a <-> b'::tsquery, 'a b'::tsvector @@ 'a <-> b'::tsquery;
select 'a:1 b:3'::tsvector @@ 'a <2> b', 'a:1A b:3'::tsvector @@ 'a:A', 'a:1A'::tsvector @@ 'a:B', 'a'::tsvector @@ 'a:D', 'a'::tsvector @@ 'a:A', 'ab:1 c:2'::tsvector @@ 'a:*';
select 'cat & rat'::tsquery @@ 'fat cats ate rats'::tsvector;
select 'fat cats'::text @@ 'cat'::tsquery, 'fat cats'::text @@ 'cats fat'::text;
select 'fat cats' @@ 'cats';
select to_tsvector('fatal error') @@ to_tsquery('fatal <-> error'), to_tsvector('error is not fatal') @@ to_tsquery('fatal <-> error');
select 'a:1 b:2 c:3'::tsvector @@ 'a <-> !c', 'a:1 b:2 c:3'::tsvector @@ '!a <-> b', 'a:1 b:2'::tsvector @@ 'a <-> (b | c)', 'a:1 b:2'::tsvector @@ '(a & !c) <-> b', 'a:1'::tsvector @@ ''::tsquery, 'a'::tsvector @@ '!b';
select to_tsvector(null), to_tsvector('english', null), null::tsvector @@ 'a';
---
f | t | f
t | t | f | t | t | t
f
t | t
t
t | f
t | f | t | t | f | t
NULL | NULL | NULL
