CREATE TABLE t (id int PRIMARY KEY, h halfvec(3), b bit(5), s sparsevec(5));
INSERT INTO t VALUES (1, '[1,2,3]', B'10110', '{1:1,3:2}/5'), (2, '[1.1,2,3]', '00000', '{}/5'), (3, NULL, NULL, NULL);
INSERT INTO t VALUES (4, '[1,2,4]', b'00001', '{5:-2,1:1.5,2:0}/5'), (5, '[3,2,65504]', '10101', '{ 1:1 , 5:2.5 } / 5');
[header] SELECT * FROM t ORDER BY id;
---
CREATE TABLE
INSERT 0 3
INSERT 0 2
id integer | h halfvec | b bit | s sparsevec
1 | [1,2,3] | 10110 | {1:1,3:2}/5
2 | [1.0996094,2,3] | 00000 | {}/5
3 | NULL | NULL | NULL
4 | [1,2,4] | 00001 | {1:1.5,5:-2}/5
5 | [3,2,65504] | 10101 | {1:1,5:2.5}/5

# Every distance of a type, and NULL and NaN last.
SELECT id, h <-> '[1,2,3]' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, h <#> '[1,2,3]' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, h <=> '[1,2,3]' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, h <+> '[1,2,3]' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, s <-> '{1:1,3:2}/5' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, s <#> '{1:1,3:2}/5' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, s <=> '{1:1,3:2}/5' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, s <+> '{1:1,3:2}/5' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, b <~> '10110' AS d FROM t ORDER BY d LIMIT 5;
SELECT id, b <%> '10110' AS d FROM t ORDER BY d LIMIT 5;
---
1 | 0
2 | 0.099609375
4 | 1
5 | 65501.00003053388
3 | NULL
5 | -196519
4 | -17
2 | -14.099609375
1 | -14
3 | NULL
1 | 0
2 | 0.00032425624655774143
4 | 0.00853986601633272
5 | 0.19818771495140097
3 | NULL
1 | 0
2 | 0.099609375
4 | 1
5 | 65503
3 | NULL
1 | 0
2 | 2.23606797749979
4 | 2.8722813232690143
5 | 3.2015621187164243
3 | NULL
1 | -5
4 | -1.5
5 | -1
2 | -0
3 | NULL
1 | 0
4 | 0.7316718427000253
5 | 0.83390904029252
2 | NaN
3 | NULL
1 | 0
2 | 3
4 | 4.5
5 | 4.5
3 | NULL
1 | 0
5 | 2
2 | 3
4 | 4
3 | NULL
1 | 0
5 | 0.5
2 | 1
4 | 1
3 | NULL

# Functions of the same names, native and by DuckDB.
SELECT id, l2_distance(h, '[1,2,3]'), hamming_distance(b, '10101'), l1_distance(s, '{1:1}/5'), inner_product(s, '{1:2}/5') FROM t WHERE id < 3 ORDER BY id;
SELECT x.id, y.id, x.h <-> y.h, x.s <-> y.s, x.s <+> y.s, x.b <~> y.b, x.b <%> y.b FROM t x JOIN t y ON x.id < y.id WHERE y.id < 5 ORDER BY 1, 2;
SELECT x.s <#> y.s, x.s <=> y.s, inner_product(x.h, y.h), jaccard(x.b, y.b) FROM t x, t y WHERE x.id = 1 AND y.id = 4;
SELECT l2_norm(h), l2_norm(s), l2_normalize(h), l2_normalize(s), vector_dims(h) FROM t WHERE id = 1;
SELECT subvector(h, 2, 2), subvector(h, 0, 2), subvector(h, 3, 9), binary_quantize(h), h || h, h + h, h * '[2,2,2]', h - '[1,1,1]' FROM t WHERE id = 1;
SELECT vector_dims(v), subvector(v, 0, 2), binary_quantize(v), v || v, l2_normalize(v) FROM (SELECT '[0,3,-4]'::vector AS v);
SELECT avg(h), sum(h) FROM t WHERE id IN (1, 3, 4);
SELECT sum(h + h), avg(subvector(h, 1, 2)), sum(l2_normalize(h::vector)) FROM t WHERE id IN (1, 3, 4);
SELECT h, count(*) FROM t WHERE id < 3 GROUP BY h ORDER BY h;
SELECT id FROM t WHERE b = B'10101' OR h = '[1.1,2,3]' OR s = '{1:1,3:2}/5' ORDER BY id;
SELECT id FROM t ORDER BY h <-> '[1,2,3]' LIMIT 2 WHERE b <~> '10110' < 3;
SELECT pg_typeof(h), pg_typeof(b), pg_typeof(s) FROM t WHERE id = 1;
---
1 | 0 | 2 | 2 | 2
2 | 0.099609375 | 3 | 1 | 0
1 | 2 | 0.099609375 | 2.23606797749979 | 3 | 3 | 1
1 | 3 | NULL | NULL | NULL | NULL | NULL
1 | 4 | 1 | 2.8722813232690143 | 4.5 | 4 | 1
2 | 3 | NULL | NULL | NULL | NULL | NULL
2 | 4 | 1.004948768638427 | 2.5 | 3.5 | 1 | 1
3 | 4 | NULL | NULL | NULL | NULL | NULL
-1.5 | 0.7316718427000253 | 17 | 1
3.7416573867739413 | 2.23606797749979 | [0.26733398,0.53466797,0.8017578] | {1:0.4472136,3:0.8944272}/5 | 3
[2,3] | [1] | [3] | 111 | [1,2,3,1,2,3] | [2,4,6] | [2,4,6] | [0,1,2]
3 | [0] | 010 | [0,3,-4,0,3,-4] | [0,0.6,-0.8]
[1,2,3.5] | [2,4,7]
[4,8,14] | [1,2] | [0.48547912,0.97095823,1.6746553]
[1,2,3] | 1
[1.0996094,2,3] | 1
1, 2, 5
1, 5
halfvec | bit | sparsevec

# Casts.
[header] SELECT '[1,2]'::halfvec, '[1,2]'::halfvec(2)::vector, '[0,2]'::vector::sparsevec, '{1:2}/3'::sparsevec::vector, '{1:2}/3'::sparsevec::halfvec(3);
SELECT '[1.1]'::halfvec::vector, '[0.00001,6e-8,2049]'::vector::halfvec, '[1e-9]'::halfvec;
[header] SELECT '101'::bit(3), '101'::bit(5), B'10110'::bit(2), B'11', X'1f', '1'::bit;
SELECT h::vector, h::sparsevec, s::vector, s::halfvec FROM t WHERE id = 1;
SELECT ARRAY[1,2]::halfvec, ARRAY[0,0.5]::vector::sparsevec;
---
halfvec halfvec | vector vector | sparsevec sparsevec | vector vector | halfvec halfvec
[1,2] | [1,2] | {2:2}/2 | [2,0,0] | [2,0,0]
[1.0996094] | [1.001358e-05,5.9604645e-08,2048] | [0]
bit bit | bit bit | bit bit | ?column? bit | ?column? bit | bit bit
101 | 10100 | 10 | 11 | 00011111 | 1
[1,2,3] | {1:1,2:2,3:3}/3 | [1,0,2,0,0] | [1,0,2,0,0]
[1,2] | {2:0.5}/2

# Changes.
UPDATE t SET h = h + '[1,1,1]', b = '11111', s = '{2:2}/5' WHERE id = 1 RETURNING *;
INSERT INTO t (id, h) SELECT 10 + id, h FROM t WHERE id < 3;
SELECT id, h, s FROM t WHERE id > 10 ORDER BY id;
CREATE TABLE w (h halfvec(2) DEFAULT '[0,0]', b bit(3) DEFAULT B'101', s sparsevec(9) DEFAULT '{}/9', n int);
INSERT INTO w (n) VALUES (1);
SELECT * FROM w;
---
1 | [2,3,4] | 11111 | {2:2}/5
UPDATE 1
INSERT 0 2
11 | [2,3,4] | NULL
12 | [1.0996094,2,3] | NULL
CREATE TABLE
INSERT 0 1
[0,0] | 101 | {}/9 | 1

# Errors are pgvector's.
SELECT id FROM t ORDER BY b <-> '10101' LIMIT 1;
SELECT id FROM t ORDER BY h <~> '[1,2,3]' LIMIT 1;
SELECT id FROM t ORDER BY h <-> '[1,2]' LIMIT 1;
SELECT id FROM t ORDER BY s <-> '{}/4' LIMIT 1;
SELECT id FROM t ORDER BY b <~> '101' LIMIT 1;
SELECT h + '[1]' FROM t WHERE id = 1;
SELECT x.s <-> y.s FROM t x, w y;
SELECT x.b <~> y.b FROM t x, w y;
SELECT subvector(h, 5, 2) FROM t;
SELECT sum(b) FROM t;
SELECT '[70000]'::halfvec;
SELECT '[70000]'::vector::halfvec;
SELECT '[1,2]'::halfvec(3);
SELECT '[nan]'::halfvec;
SELECT '[inf]'::halfvec;
SELECT '[]'::halfvec;
SELECT '{1:1}'::halfvec;
SELECT '{0:1}/3'::sparsevec;
SELECT '{4:1}/3'::sparsevec;
SELECT '{1:1,1:2}/3'::sparsevec;
SELECT '{1:1}/2'::sparsevec(3);
SELECT '{}/0'::sparsevec;
SELECT '{}/1000000001'::sparsevec;
SELECT '{1:nan}/2'::sparsevec;
SELECT '{1:4e38}/2'::sparsevec;
SELECT '{1:1'::sparsevec;
SELECT '{1:1}'::sparsevec;
SELECT '{1:1}/3x'::sparsevec;
SELECT '{1}/3'::sparsevec;
SELECT '[1]'::sparsevec;
SELECT '12'::bit(2);
INSERT INTO t (id, h) VALUES (9, '[1]');
INSERT INTO t (id, b) VALUES (9, '1010');
INSERT INTO t (id, s) VALUES (9, '{}/4');
CREATE TABLE u (h halfvec);
DROP TABLE u;
CREATE TABLE u (h halfvec(0));
CREATE TABLE u (h halfvec(16001));
CREATE TABLE u (s sparsevec(1000000001));
CREATE TABLE u (b bit(0));
CREATE TABLE u (b bit(64001));
CREATE INDEX ON t USING hnsw (b);
CREATE INDEX ON t USING hnsw (b vector_l2_ops);
CREATE INDEX ON t USING inverted (h halfvec_l2_ops);
CREATE INDEX ON t USING hnsw (s sparsevec_l2_ops) WITH (m = 1);
---
ERROR 42883: operator does not exist: bit <-> bit at 29
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: halfvec <~> halfvec at 29
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 22000: different halfvec dimensions 3 and 2
ERROR 22000: different sparsevec dimensions 5 and 4
ERROR 22000: different bit lengths 5 and 3
ERROR 22000: different halfvec dimensions 3 and 1
ERROR 22000: different sparsevec dimensions 5 and 9
ERROR 22000: different bit lengths 5 and 3
ERROR 22000: halfvec must have at least 1 dimension
ERROR 42883: function sum(bit) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 22003: "70000" is out of range for type halfvec at 8
ERROR 22003: "70000" is out of range for type halfvec
ERROR 22000: expected 3 dimensions, not 2
ERROR 22000: NaN not allowed in halfvec at 8
ERROR 22000: infinite value not allowed in halfvec at 8
ERROR 22000: halfvec must have at least 1 dimension at 8
ERROR 22P02: invalid input syntax for type halfvec: "{1:1}" at 8
DETAIL: Vector contents must start with "[".
ERROR 22000: sparsevec index out of bounds at 8
ERROR 22000: sparsevec index out of bounds at 8
ERROR 22000: sparsevec indices must not contain duplicates at 8
ERROR 22000: expected 3 dimensions, not 2
ERROR 22000: sparsevec must have at least 1 dimension at 8
ERROR 54000: sparsevec cannot have more than 1000000000 dimensions at 8
ERROR 22000: NaN not allowed in sparsevec at 8
ERROR 22003: "4e38" is out of range for type sparsevec at 8
ERROR 22P02: invalid input syntax for type sparsevec: "{1:1" at 8
ERROR 22P02: invalid input syntax for type sparsevec: "{1:1}" at 8
DETAIL: Unexpected end of input.
ERROR 22P02: invalid input syntax for type sparsevec: "{1:1}/3x" at 8
DETAIL: Junk after closing.
ERROR 22P02: invalid input syntax for type sparsevec: "{1}/3" at 8
ERROR 22P02: invalid input syntax for type sparsevec: "[1]" at 8
DETAIL: Vector contents must start with "{".
ERROR 22P02: "2" is not a valid binary digit at 8
ERROR 22000: expected 3 dimensions, not 1
ERROR 22026: bit string length 4 does not match type bit(5)
ERROR 22000: expected 5 dimensions, not 4
CREATE TABLE
DROP TABLE
ERROR 22023: dimensions for type halfvec must be at least 1 at 19
ERROR 22023: dimensions for type halfvec cannot exceed 16000 at 19
ERROR 22023: dimensions for type sparsevec cannot exceed 1000000000 at 19
ERROR 22023: length for type bit must be at least 1 at 19
ERROR 22023: length for type bit cannot exceed 64000 at 19
ERROR 42704: data type bit has no default operator class for access method "hnsw"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42804: operator class "vector_l2_ops" does not accept data type bit
ERROR 42704: data type halfvec has no default operator class for access method "inverted"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 22023: value 1 out of bounds for option "m"
DETAIL: Valid values are between "2" and "100".
