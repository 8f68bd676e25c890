# tsvector and tsquery: their texts, order and equality, casts and arrays.
select 'a fat  cat:3A,2B ''it''''s'' b\\\\c:1'::tsvector;
select 'a:1 a:2A a:2'::tsvector;
select 'a:'::tsvector;
select 'a:0'::tsvector;
select ':a b'::tsvector;
select '''abc'::tsvector;
select 'a:1x'::tsvector;
select ''::tsvector = '', ' '::tsvector;
select 'a:99999'::tsvector;
select 'fat & rat'::tsquery;
select 'fat & (rat | cat)'::tsquery;
select '(fat | rat) & cat'::tsquery;
select '!fat & !(rat | cat)'::tsquery;
select 'fat:ab & cat:*c'::tsquery;
select 'a <-> b <2> c'::tsquery;
select 'a <-> (b <-> c)'::tsquery;
select 'a<->b'::tsquery;
select 'a <x> b'::tsquery;
select 'a <99999> b'::tsquery;
select 'a &'::tsquery;
select '& a'::tsquery;
select 'a b'::tsquery;
select '(a'::tsquery;
select 'a)'::tsquery;
select ''::tsquery = '', ''::tsquery;
select '!!a'::tsquery;
select '!(a & b)'::tsquery;
select '!(!a)'::tsquery;
select '!a <-> b'::tsquery;
select '!(a <-> b)'::tsquery;
select 'a | b & c'::tsquery;
select 'a & b | c'::tsquery;
select '''it''''s'' & b\\c'::tsquery;
select 'a:1'::tsvector = 'a:1'::tsvector, 'a'::tsvector < 'b'::tsvector, 'a:1'::tsvector < 'a'::tsvector, 'a:1A' < 'a:1'::tsvector, 'a:1,2'::tsvector < 'a:3,4';
select 'a'::tsquery = 'a:A'::tsquery, 'a'::tsquery < 'b'::tsquery, 'a & b'::tsquery < 'a | b'::tsquery, 'a <-> b'::tsquery < 'a <2> b'::tsquery, 'c'::tsquery < 'b', 'fat'::tsquery < 'rat', 'hello'::tsquery < 'world';
select v from unnest(array['a','b','c','hello','foo & bar','foo | bar','!foo','zoo','yak']::tsquery[]) v order by v;
select v, length(v) from unnest(array['a','b','c:1','hello','c:2','c:1A','a b','ab','']::tsvector[]) v order by v;
select pg_typeof(to_tsvector('x')), pg_typeof('a'::tsquery);
select 'a b'::tsvector::text, 'a & b'::tsquery::text, 'a b'::text::tsvector, ('a b'::varchar)::tsvector;
select repeat('x', 3000)::tsvector;
---
'a' 'b\\\\c':1 'cat':2B,3A 'fat' 'it''s'
'a':1,2A
ERROR 42601: syntax error in tsvector: "a:" at 8
ERROR 42601: wrong position info in tsvector: "a:0" at 8
':a' 'b'
ERROR 42601: syntax error in tsvector: "'abc" at 8
ERROR 42601: syntax error in tsvector: "a:1x" at 8
t | 
'a':16383
'fat' & 'rat'
'fat' & ( 'rat' | 'cat' )
( 'fat' | 'rat' ) & 'cat'
!'fat' & !( 'rat' | 'cat' )
'fat':AB & 'cat':*C
'a' <-> 'b' <2> 'c'
'a' <-> ( 'b' <-> 'c' )
'a' <-> 'b'
ERROR 42601: syntax error in tsquery: "a <x> b" at 8
ERROR 22023: distance in phrase operator must be an integer value between zero and 16384 inclusive at 8
ERROR 42601: no operand in tsquery: "a &" at 8
ERROR 42601: syntax error in tsquery: "& a" at 8
ERROR 42601: syntax error in tsquery: "a b" at 8
ERROR 42601: syntax error in tsquery: "(a" at 8
ERROR 42601: syntax error in tsquery: "a)" at 8
t | 
!!'a'
!( 'a' & 'b' )
!!'a'
!'a' <-> 'b'
!( 'a' <-> 'b' )
'a' | 'b' & 'c'
'a' & 'b' | 'c'
'it''s' & 'b\\c'
t | t | f | t | f
t | t | f | f | t | f | f
'a', 'c', 'b', 'yak', 'zoo', 'hello', !'foo', 'foo' | 'bar', 'foo' & 'bar'
 | 0
'a' | 1
'b' | 1
'ab' | 1
'hello' | 1
'c':2 | 1
'c':1A | 1
'c':1 | 1
'a' 'b' | 2
tsvector | tsquery
'a' 'b' | 'a' & 'b' | 'a' 'b' | 'a' 'b'
ERROR 54000: word is too long (3000 bytes, max 2046 bytes)
