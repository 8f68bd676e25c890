# Arrays of several dimensions and with bounds as values: functions and operators on them.
select (array[[1,2],[3,4]])[1][2], (array[[1,2],[3,4]])[2:2][1:1], ('[5:7]={1,2,3}'::int[])[5], ('[5:7]={1,2,3}'::int[])[6:], ('[5:7]={1,2,3}'::int[])[:6];
select ('{{1,2},{3,4}}'::int[])[1:1], ('{{1,2},{3,4}}'::int[])[3:4], ('{{1,2},{3,4}}'::int[])[1][1:1];
select '[2:1]={}'::int[];
select '[1:2]={1}'::int[];
select '{{1},{}}'::int[];
select '{{},{}}'::int[], '{{{}}}'::int[];
select array_dims('[2:3][4:5]={{1,2},{3,4}}'::int[]), '[2:3][4:5]={{1,2},{3,4}}'::int[];
select '[2:3]={1,2}'::int[] || '{4}'::int[], '{4}'::int[] || '[2:3]={1,2}'::int[], '[2:3]={1,2}'::int[] || '[5:6]={3,4}'::int[];
select '[2:3]={1,2}'::int[] || 7, 7 || '[2:3]={1,2}'::int[];
select '{1,2}'::int[] || '[2:3][4:5]={{1,2},{3,4}}'::int[], '[2:3][4:5]={{1,2},{3,4}}'::int[] || '[7:8]={1,2}'::int[];
select array_agg('[2:3]={1,2}'::int[]), array['[2:3]={1,2}'::int[]];
select array_position('[2:3]={1,2}'::int[], 1), array_positions('[2:3]={1,2}'::int[], 2), array_remove('[2:3]={1,2}'::int[], 2), array_replace('[2:3]={1,2}'::int[], 2, 5);
select array_sort('[2:3]={2,1}'::int[]), array_reverse('[2:3]={2,1}'::int[]), trim_array('[2:4]={2,1,5}'::int[], 1), array_sort('[2:3][4:5]={{3,4},{1,2}}'::int[]);
select array_position('[2:3]={1,2}'::int[], 1, 3), array_position('[2:3]={1,2}'::int[], 2, 3);
select unnest('[2:3]={1,2}'::int[]), generate_subscripts('[2:3]={1,2}'::int[], 1);
select to_jsonb('[2:3]={1,2}'::int[]), '[2:3]={1,2}'::int[]::text[], '[2:3]={1,2}'::int[]::text;
select array_upper('{}'::int[], 1), array_lower('[3:3]={1}'::int[], 1), cardinality('{}'::int[]), array_ndims('{}'::int[]);
select jsonb_object('{{a,b},{c,d}}'), jsonb_object('{a,b,c,d}'), json_object('{a,b}', '{1,2}');
select string_to_array('a,b', ',') || array[['c','d']];
select format('%s %s', variadic array[['a','b']]);
select * from unnest(array[[1,2],[3,4]], array['a']) as u(x, y);
select array[[1,2],[3]];
select array[array[1,2], null];
select array[[]]::int[];
select array[[],[]]::int[];
select pg_typeof(array[[1,2]]), pg_typeof('{{1}}'::int[][]);
SELECT array_position('[0:1]={5,6}'::int[], 5), array_position('[-2:-1]={5,6}'::int[], 6), array_position('[0:1]={5,6}'::int[], 5, 1);
---
2 | {{3}} | 1 | {2,3} | {1,2}
{{1,2}} | {} | {{1}}
ERROR 2202E: upper bound cannot be less than lower bound at 8
ERROR 22P02: malformed array literal: "[1:2]={1}" at 8
DETAIL: Specified array dimensions do not match array contents.
ERROR 22P02: malformed array literal: "{{1},{}}" at 8
DETAIL: Multidimensional arrays must have sub-arrays with matching dimensions.
{} | {}
[2:3][4:5] | [2:3][4:5]={{1,2},{3,4}}
[2:4]={1,2,4} | {4,1,2} | [2:5]={1,2,3,4}
[2:4]={1,2,7} | [2:4]={7,1,2}
ERROR 2202E: cannot concatenate incompatible arrays
DETAIL: Arrays with differing dimensions are not compatible for concatenation.
[1:1][2:3]={{1,2}} | [1:1][2:3]={{1,2}}
2 | {3} | [2:2]={1} | [2:3]={1,5}
[2:3]={1,2} | [2:3]={1,2} | {2,1} | [2:3][4:5]={{1,2},{3,4}}
NULL | 3
1 | 2
2 | 3
[1, 2] | [2:3]={1,2} | [2:3]={1,2}
NULL | 3 | 0 | NULL
{"a": "b", "c": "d"} | {"a": "b", "c": "d"} | {"a" : "1", "b" : "2"}
{{a,b},{c,d}}
a b
1 | a
2 | NULL
3 | NULL
4 | NULL
ERROR 2202E: multidimensional arrays must have array expressions with matching dimensions
ERROR 2202E: multidimensional arrays must have array expressions with matching dimensions
{}
{}
integer[] | integer[]
0 | -1 | NULL
