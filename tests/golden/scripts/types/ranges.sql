# Ranges and multiranges: one form of each, bounds, order, keys, what they have in common.
CREATE TABLE r (id int PRIMARY KEY, i int4range, n numrange UNIQUE, at tstzrange, d daterange, m int4multirange, a int4range[]);
INSERT INTO r VALUES (1, '[1,5]', '[1.0,2)', '[2020-01-01,)', '[2020-01-01,2020-01-05]', '{[1,2],[3,4],[7,8)}', '{"[1,2)",NULL,empty}');
INSERT INTO r VALUES (2, 'empty', 'empty', 'empty', '(,2020-01-05]', '{}', '{}'), (3, '(,5]', '(1,)', NULL, '[,infinity]', NULL, NULL);
INSERT INTO r VALUES (4, int4range(2, 8, '(]'), numrange(1.5, 2.5), NULL, NULL, int4multirange(int4range(1, 2), int4range(5, 6)), NULL);
INSERT INTO r VALUES (9, NULL, '[1.00,2.00)');
[header] SELECT * FROM r ORDER BY i;
---
CREATE TABLE
INSERT 0 1
INSERT 0 2
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "r_n_key"
DETAIL: Key (n)=([1.00,2.00)) already exists.
id integer | i int4range | n numrange | at tstzrange | d daterange | m int4multirange | a int4range[]
2 | empty | empty | empty | (,2020-01-06) | {} | {}
3 | (,6) | (1,) | NULL | (,infinity] | NULL | NULL
1 | [1,6) | [1.0,2) | ["2020-01-01 00:00:00+00",) | [2020-01-01,2020-01-06) | {[1,5),[7,8)} | {"[1,2)",NULL,empty}
4 | [3,9) | [1.5,2.5) | NULL | NULL | {[1,2),[5,6)} | NULL

SELECT id FROM r WHERE i @> 3 ORDER BY id;
SELECT id FROM r WHERE i && '[2,3]' AND NOT i << '[5,9)' ORDER BY id;
SELECT id FROM r WHERE i = '[1,6)';
SELECT id FROM r WHERE '[1,2)' = ANY(a);
SELECT lower(i), upper(i), isempty(i), lower_inc(i), upper_inc(i), lower_inf(i), upper_inf(i) FROM r ORDER BY id;
SELECT i + '[6,7)', i * '[3,9)', i - '[5,9)', i -|- '[6,7)', i &< '[1,9)' FROM r WHERE id = 1;
SELECT m + '{[4,7)}', m * '{[2,8)}', m - '{[2,4)}', m @> 7, range_merge(m) FROM r WHERE id = 1;
SELECT range_agg(i), range_intersect_agg(i) FROM r WHERE id <> 2;
SELECT unnest(m) FROM r ORDER BY 1;
SELECT i, count(*) FROM r GROUP BY i ORDER BY i DESC;
UPDATE r SET i = i * '[2,3]' WHERE id = 1 RETURNING i;
CREATE INDEX ON r (i);
SELECT id FROM r WHERE i >= '[2,4)' ORDER BY id;
---
1, 3, 4
1, 3, 4
1
1
1 | 6 | f | t | f | f | f
NULL | NULL | t | f | f | f | f
NULL | 6 | f | f | f | t | f
3 | 9 | f | t | f | f | f
[1,7) | [3,6) | [1,5) | t | t
{[1,8)} | {[2,5),[7,8)} | {[1,2),[4,5),[7,8)} | t | [1,8)
{(,9)} | [3,6)
[1,2), [1,5), [5,6), [7,8)
[3,9) | 1
[1,6) | 1
(,6) | 1
empty | 1
[2,4)
UPDATE 1
CREATE INDEX
1, 4

# What is no range.
SELECT '[2,1]'::int4range;
SELECT '[1,2'::int4range;
SELECT '[1,2,3]'::int4range;
SELECT '[1,2147483647]'::int4range;
SELECT '{[1,2) [3,4)}'::int4multirange;
SELECT int4range(1, 2, 'x');
SELECT '[1,5)'::int4range - '[2,3)';
SELECT '[1,2)'::int4range + '[4,5)';
SELECT '[1,2)'::int4range @> 1::bigint;
---
ERROR 22000: range lower bound must be less than or equal to range upper bound at 8
ERROR 22P02: malformed range literal: "[1,2" at 8
DETAIL: Unexpected end of input.
ERROR 22P02: malformed range literal: "[1,2,3]" at 8
DETAIL: Too many commas.
ERROR 22003: integer out of range at 8
ERROR 22P02: malformed multirange literal: "{[1,2) [3,4)}" at 8
DETAIL: Expected comma or end of multirange.
ERROR 42601: invalid range bound flags
HINT: Valid values are "[]", "[)", "(]", and "()".
ERROR 22000: result of range difference would not be contiguous
ERROR 22000: result of range union would not be contiguous
ERROR 42883: operator does not exist: int4range @> bigint at 27
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.

SELECT typname, typtype FROM pg_type WHERE typname IN ('int4range', 'int4multirange') ORDER BY 1;
SELECT rngtypid::regtype, rngsubtype::regtype, rngmultitypid::regtype FROM pg_range WHERE rngtypid < 16384 ORDER BY 1;
---
int4multirange | m
int4range | r
int4range | integer | int4multirange
numrange | numeric | nummultirange
tsrange | timestamp without time zone | tsmultirange
tstzrange | timestamp with time zone | tstzmultirange
daterange | date | datemultirange
int8range | bigint | int8multirange
