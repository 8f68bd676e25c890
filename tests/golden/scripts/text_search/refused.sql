# What there is none of yet says so by its name.
select ts_rewrite('a'::tsquery, 'a', 'b');
select * from ts_stat('select to_tsvector(''a'')');
select ts_headline('english', '{"a": "cats"}'::jsonb, 'cat');
select to_tsvector('estonian', 'koerad');
create text search configuration mine (copy = english);
---
ERROR 0A000: the function ts_rewrite is not supported yet
ERROR 0A000: the function ts_stat is not supported yet
ERROR 0A000: ts_headline of json and jsonb is not supported yet
ERROR 0A000: the text search dictionary "estonian_stem" is not supported yet
ERROR 0A000: CREATE TEXT is not supported yet at 1
