# pgvector's functions behind its operators, casts and folds have names of their own.
SELECT vector_cmp('[1,2]', '[1,3]'), vector_cmp('[1,2]', '[1,2,3]'), halfvec_cmp('[3]', '[1,2]'), sparsevec_cmp('{1:1}/3', '{1:1}/4');
SELECT vector_lt('[1,2]', '[1,3]'), halfvec_eq('[1]', '[1]'), sparsevec_gt('{1:1}/3', '{2:1}/3'), vector_add('[1,2]', '[3,4]'), halfvec_concat('[1]', '[2]');
SELECT vector_accum('{0}', '[1,2]'), vector_accum('{1,1,2}', '[3,4]'), vector_combine('{2,1,2}', '{1,3,4}'), vector_avg('{2,4,6}'), halfvec_avg('{0}');
SELECT array_to_vector(ARRAY[1,2,3], 3, true), array_to_halfvec(ARRAY[1.5,2], -1, false), array_to_sparsevec('{1,0}'::float8[], 2, true);
SELECT ARRAY[1,0,2]::sparsevec, '{1,0}'::real[]::sparsevec(2), vector_to_float4('[1,2.5]', -1, true), vector_send('[1,2]');
SELECT vector_spherical_distance('[1,0]', '[0,1]'), halfvec_spherical_distance('[2,0]', '[2,0]');
SELECT vector_accum('{1,1}', '[3,4]');
SELECT vector_avg('{1,1e300}');
SELECT array_to_vector(ARRAY[1,2,3], 2, true);
SELECT array_to_halfvec(ARRAY[1,NULL], 2, true);
SELECT ARRAY[1,0,2]::sparsevec(2);
---
-1 | -1 | 1 | -1
t | t | t | [4,6] | [1,2]
{1,1,2} | {2,4,6} | {3,4,6} | [2,3] | NULL
[1,2,3] | [1.5,2] | {1:1}/2
{1:1,3:2}/3 | {1:1}/2 | {1,2.5} | \x000200003f80000040000000
0.5 | 0
ERROR 22000: expected 1 dimensions, not 2
ERROR 22000: infinite value not allowed in vector
ERROR 22000: expected 2 dimensions, not 3
ERROR 22004: array must not contain nulls
ERROR 22000: expected 2 dimensions, not 3
