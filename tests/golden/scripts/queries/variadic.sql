# VARIADIC: an array stands for the arguments.
SELECT concat(VARIADIC ARRAY[1,2,3]), concat('a', VARIADIC ARRAY['b','c']), concat_ws(',', VARIADIC ARRAY[1,NULL,3]);
SELECT concat(VARIADIC NULL::text[]), format('x%s', VARIADIC NULL::text[]), format('%s %s', VARIADIC ARRAY['a','b']);
SELECT jsonb_build_array(VARIADIC ARRAY[1,2]), json_build_object(VARIADIC ARRAY['a','1']), jsonb_extract_path('{"a":{"b":1}}', VARIADIC ARRAY['a','b']);
SELECT num_nulls(1, NULL, 'a'), num_nonnulls(1, NULL), num_nulls(VARIADIC ARRAY[1,NULL]), num_nulls(VARIADIC NULL::int[]);
SELECT id, concat(VARIADIC t), num_nulls(id, t) FROM (VALUES (1, '{a,b}'::text[]), (2, NULL)) v(id, t) ORDER BY id;
SELECT concat(VARIADIC 1);
SELECT upper(VARIADIC ARRAY['a']);
---
ERROR 42883: function concat(unknown, text[]) does not exist at 39
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 22023: too few arguments for format()
[1, 2] | {"a" : "1"} | 1
1 | 1 | 1 | NULL
1 | ab | 0
2 | NULL | 1
ERROR 42804: VARIADIC argument must be an array at 24
ERROR 42883: function upper(text[]) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
