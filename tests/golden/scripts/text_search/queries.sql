# Queries: of texts as to_, plainto_, phraseto_ and websearch_to_tsquery make them, joined, and their parts.
select to_tsquery('english', 'The & Fat & Rats');
select to_tsquery('english', 'fat & (the | rats):A*');
select to_tsquery('english', 'supernovae & rats:*');
select to_tsquery('english', 'fat <-> the <-> rats');
select to_tsquery('english', '''foo bar the baz''');
select to_tsquery('english', 'foo-bar');
select to_tsquery('english', 'the'), 1;
select to_tsquery('the fat');
select to_tsquery('fat | rats');
select plainto_tsquery('english', 'The Fat Rats');
select plainto_tsquery('english', 'the'), 1;
select plainto_tsquery('english', ''), 1;
select phraseto_tsquery('english', 'The Fat the Rats');
select phraseto_tsquery('english', 'Cats of the the world');
select websearch_to_tsquery('english', 'The fat rats');
select websearch_to_tsquery('english', '"supernovae stars" -crab');
select websearch_to_tsquery('english', '"sad cat" or "fat rat"');
select websearch_to_tsquery('english', 'signal -"segmentation fault"');
select websearch_to_tsquery('english', '""" )( dummy \\ query <->');
select websearch_to_tsquery('english', 'or foo or or bar-baz OR the -the');
select websearch_to_tsquery('english', 'a:b c & d | (e) ! f'':*');
select websearch_to_tsquery('simple', 'fat or');
select websearch_to_tsquery('simple', '- -a "b');
select numnode('(fat & rat) | cat'::tsquery), numnode(''::tsquery);
select querytree('foo & ! bar'::tsquery), querytree('!bar'::tsquery), querytree(''::tsquery), querytree('a | !b'::tsquery), querytree('a <-> !b'), querytree('!a & !b');
select 'fat'::tsquery && 'rat | cat'::tsquery, 'fat'::tsquery || 'rat'::tsquery, !! 'cat'::tsquery, 'fat'::tsquery <-> 'rat & a'::tsquery, tsquery_phrase('fat','cat',10), tsquery_phrase('fat','cat',99999);
select 'a'::tsquery && ''::tsquery, ''::tsquery || 'b', !!''::tsquery, !!'a & b'::tsquery;
select 'cat & rat'::tsquery @> 'rat'::tsquery, 'cat'::tsquery <@ 'cat & rat'::tsquery;
select 'a'::tsquery || !!'b'::tsquery, 'a'::tsquery && !!'b'::tsquery || 'c'::tsquery, !! !!'a'::tsquery, !!'a'::tsquery && 'b';
---
'fat' & 'rat'
ERROR 42601: syntax error in tsquery: "fat & (the | rats):A*"
'supernova' & 'rat':*
'fat' <2> 'rat'
'foo' <-> 'bar' <2> 'baz'
'foo-bar' <-> 'foo' <-> 'bar'
 | 1
ERROR 42601: syntax error in tsquery: "the fat"
'fat' | 'rat'
'fat' & 'rat'
 | 1
 | 1
'fat' <2> 'rat'
'cat' <4> 'world'
'fat' & 'rat'
'supernova' <-> 'star' & !'crab'
'sad' <-> 'cat' | 'fat' <-> 'rat'
'signal' & !( 'segment' <-> 'fault' )
'dummi' <-> 'queri'
'foo' | 'bar-baz' <-> 'bar' <-> 'baz'
'b' & 'c' & 'd' & 'e' & 'f'
'fat' & 'or'
!!'a' & 'b'
5 | 0
'foo' | T |  | T | 'a' | T
ERROR 22023: distance in phrase operator must be an integer value between zero and 16384 inclusive
'a' | 'b' |  | !( 'a' & 'b' )
t | t
'a' | !'b' | 'a' & !'b' | 'c' | !!'a' | !'a' & 'b'
