# The row of a function of one column is its value.
SELECT x FROM jsonb_array_elements_text('["c","d"]') x WHERE x = 'c';
SELECT x, x.value, value FROM jsonb_array_elements_text('["c","d"]') x;
SELECT x->'a' FROM jsonb_array_elements('[1,{"a":2}]') x;
SELECT EXISTS (SELECT 1 FROM jsonb_array_elements_text('["c"]') x WHERE x = v) FROM (VALUES ('c'), ('d')) t(v);
SELECT x FROM jsonb_array_elements_text('["c","d"]') x(v);
SELECT x FROM jsonb_each('{"a":1}') x;
---
c
c | c | c
d | d | d
NULL, 2
t, f
c, d
(a,1)
