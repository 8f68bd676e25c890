# to_tsvector of texts and documents, and the parts of vectors.
select to_tsvector('english', 'The quick brown foxes jumped over the lazy dog''s back');
select to_tsvector('The Fat Rats');
select to_tsvector('simple', 'The Fat Rats foo-bar a@b.com http://www.example.com/a/b?c=d 1.5 -3 v1.2 /usr/x');
select to_tsvector('french', 'Les chevaux mangeaient');
select to_tsvector('nolang', 'x');
select setweight('fat:2,4 cat:3 rat:5,6B'::tsvector, 'A');
select setweight('fat:2,4 cat:3 rat:5,6B'::tsvector, 'A', '{cat,rat}');
select strip('fat:2,4 cat:3 rat:5A'::tsvector);
select length('fat:2,4 cat:3 rat:5A'::tsvector);
select ts_delete('fat:2,4 cat:3 rat:5A'::tsvector, 'fat');
select ts_delete('fat:2,4 cat:3 rat:5A'::tsvector, array['fat','rat',null]);
select ts_filter('fat:2,4 cat:3b,7c rat:5A'::tsvector, '{a,b}');
select ts_filter('fat:2,4 cat:3b,7c rat:5A'::tsvector, '{a,x}');
select tsvector_to_array('fat:2,4 cat:3 rat:5A'::tsvector), array_to_tsvector('{fat,cat,rat,cat}'::text[]);
select array_to_tsvector('{fat,null}'::text[]);
select array_to_tsvector('{fat,""}'::text[]);
select * from unnest('cat:3 fat:2,4b rat'::tsvector);
select unnest('cat:3 fat:2,4b rat'::tsvector);
select (unnest('cat:3 fat:2,4b rat'::tsvector)).lexeme;
select 'a:1 b:2'::tsvector || 'c:1 d:2 b:3A'::tsvector;
select 'a b:2'::tsvector || 'c d:2'::tsvector;
select to_tsvector('english', '{"a": "The Fat Rats", "b": ["cats dogs", 1]}'::jsonb), to_tsvector('english', '{"b": "Rats", "a": "x y"}'::json);
select jsonb_to_tsvector('english', '{"a aa": "The Fat Rats", "b": ["cats dogs", 1, true]}'::jsonb, '["string","numeric"]'), json_to_tsvector('english', '{"a aa": "The", "b": [1, true]}'::json, '"all"');
select jsonb_to_tsvector('english', '{}'::jsonb, '"x"');
select to_tsvector('english', repeat('word ', 3)) , length(to_tsvector('simple', (select string_agg('w' || i, ' ') from generate_series(1, 20000) i)));
select (to_tsvector('simple', (select string_agg('w ' , ' ') from generate_series(1, 300) i)));
---
'back':11 'brown':3 'dog':9 'fox':4 'jump':5 'lazi':8 'quick':2
'fat':2 'rat':3
'-3':12 '/a/b?c=d':10 '/usr/x':14 '1.5':11 'a@b.com':7 'bar':6 'fat':2 'foo':5 'foo-bar':4 'rats':3 'the':1 'v1.2':13 'www.example.com':9 'www.example.com/a/b?c=d':8
'cheval':2 'le':1 'mang':3
ERROR 42704: text search configuration "nolang" does not exist at 20
'cat':3A 'fat':2A,4A 'rat':5A,6A
'cat':3A 'fat':2,4 'rat':5A,6A
'cat' 'fat' 'rat'
3
'cat':3 'rat':5A
'cat':3
'cat':3B 'rat':5A
ERROR 22023: unrecognized weight: "x"
{cat,fat,rat} | 'cat' 'fat' 'rat'
ERROR 22004: lexeme array may not contain nulls
ERROR 2200F: lexeme array may not contain empty strings
cat | {3} | {D}
fat | {2,4} | {D,B}
rat | NULL | NULL
(cat,{3},{D}), (fat,"{2,4}","{D,B}"), (rat,,)
cat, fat, rat
'a':1 'b':2,5A 'c':3 'd':4
'a' 'b':2 'c' 'd':4
'cat':5 'dog':6 'fat':2 'rat':3 | 'rat':1 'x':3 'y':4
'1':4 'cat':1 'dog':2 'fat':7 'rat':8 | '1':7 'aa':2 'b':5 'true':9
ERROR 22023: wrong flag in flag array: "x"
HINT: Possible values are: "string", "numeric", "boolean", "key", and "all".
'word':1,2,3 | 20000
'w':1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,227,228,229,230,231,232,233,234,235,236,237,238,239,240,241,242,243,244,245,246,247,248,249,250,251,252,253,254,255
