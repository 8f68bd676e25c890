# Text search configurations, their parser, dictionaries and the setting that names one.
set default_text_search_config = 'english';
select get_current_ts_config();
set default_text_search_config = 'simple';
show default_text_search_config;
select to_tsvector('The Foxes'), get_current_ts_config();
set default_text_search_config = 'xx';
reset default_text_search_config;
select 'english'::regconfig, 'english'::regconfig::oid = (select oid from pg_ts_config where cfgname='english'), 'pg_catalog.french'::regconfig, 'english_stem'::regdictionary;
select ts_lexize('english_stem','stars'), ts_lexize('english_stem','a'), ts_lexize('simple','The');
select * from ts_parse('default', 'foo bar-1a http://x.com/y');
select * from ts_token_type('default');
select * from ts_debug('english', 'a fat cat');
select alias, token, dictionaries, lexemes from ts_debug('The Brightest supernovaes');
select typname, typlen, typcategory, typtype from pg_type where typname in ('tsvector','tsquery','regconfig','_tsvector');
---
SET
english
SET
pg_catalog.simple
'foxes':2 'the':1 | simple
ERROR 22023: invalid value for parameter "default_text_search_config": "xx"
RESET
english | t | french | english_stem
{star} | {} | {the}
1 | foo
12 |  
15 | bar-1a
11 | bar
12 | -
9 | 1a
12 |  
14 | http://
5 | x.com/y
6 | x.com
18 | /y
1 | asciiword | Word, all ASCII
2 | word | Word, all letters
3 | numword | Word, letters and digits
4 | email | Email address
5 | url | URL
6 | host | Host
7 | sfloat | Scientific notation
8 | version | Version number
9 | hword_numpart | Hyphenated word part, letters and digits
10 | hword_part | Hyphenated word part, all letters
11 | hword_asciipart | Hyphenated word part, all ASCII
12 | blank | Space symbols
13 | tag | XML tag
14 | protocol | Protocol head
15 | numhword | Hyphenated word, letters and digits
16 | asciihword | Hyphenated word, all ASCII
17 | hword | Hyphenated word, all letters
18 | url_path | URL path
19 | file | File or path name
20 | float | Decimal notation
21 | int | Signed integer
22 | uint | Unsigned integer
23 | entity | XML entity
asciiword | Word, all ASCII | a | {english_stem} | english_stem | {}
blank | Space symbols |   | {} | NULL | NULL
asciiword | Word, all ASCII | fat | {english_stem} | english_stem | {fat}
blank | Space symbols |   | {} | NULL | NULL
asciiword | Word, all ASCII | cat | {english_stem} | english_stem | {cat}
asciiword | The | {english_stem} | {}
blank |   | {} | NULL
asciiword | Brightest | {english_stem} | {brightest}
blank |   | {} | NULL
asciiword | supernovaes | {english_stem} | {supernova}
tsvector | -1 | U | b
tsquery | -1 | U | b
regconfig | 4 | N | b
_tsvector | -1 | A | b
