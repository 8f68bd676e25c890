# ts_rank and ts_rank_cd, with weights and by what they are divided.
select ts_rank('a:1 b:2'::tsvector, 'a & b'), ts_rank('a:1 b:2,5A'::tsvector, 'a | b'), ts_rank('a b'::tsvector, 'a & b'), ts_rank('a:1 b:2'::tsvector, 'a <-> b'), ts_rank('a:1'::tsvector,'b');
select ts_rank('a:1 b:2 c:3,4,5B'::tsvector, 'a & b & c', 1), ts_rank('a:1 b:2 c:3,4,5B'::tsvector, 'a & b & c', 2), ts_rank('a:1 b:2 c:3,4,5B'::tsvector, 'a | c', 8|16|32), ts_rank('{0.1,0.2,0.3,0.9}', 'a:1 b:2 c:3,4,5B'::tsvector, 'c');
select ts_rank_cd('a:1 b:2'::tsvector, 'a & b'), ts_rank_cd('a:1 b:2,5A'::tsvector, 'a | b'), ts_rank_cd('a b'::tsvector, 'a & b'), ts_rank_cd('a:1 b:20 a:40'::tsvector, 'a & b'), ts_rank_cd('a:1'::tsvector,'b');
select ts_rank_cd('a:1 b:2 c:3,4,5B'::tsvector, 'a & b & c', 1), ts_rank_cd('a:1 b:2 c:3,4,5B'::tsvector, 'a & b & c', 2), ts_rank_cd('a:1 b:2 c:3,4,5B'::tsvector, 'a | c', 4), ts_rank_cd('{0.1,0.2,0.3,0.9}', 'a:1 b:2 c:3,4,5B'::tsvector, 'c', 8|16|32);
select ts_rank('{0.1,0.2}', 'a:1'::tsvector, 'a');
select ts_rank('{0.1,0.2,0.3,null}', 'a:1'::tsvector, 'a');
select ts_rank('{0.1,0.2,0.3,3}', 'a:1'::tsvector, 'a');
---
0.09910322 | 0.36475626 | 1e-16 | 0.09910322 | 0
0.23670648 | 0.12237547 | 0.030691104 | 0.25836903
0.1 | 1.2 | 0 | 0.010263158 | 0
0.055811062 | 0.02 | 0.4375 | 0.07692308
ERROR 2202E: array of weight is too short
ERROR 22004: array of weight must not contain nulls
ERROR 22023: weight out of range
