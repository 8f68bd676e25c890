# CREATE TYPE ... AS RANGE makes a range type and its multirange type, with all that ranges can do.
CREATE TYPE timerange AS RANGE (subtype = time, multirange_type_name = timesets);
CREATE TYPE dayrange AS RANGE (subtype = date);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE SCHEMA tsch;
CREATE TYPE tsch.x AS RANGE (subtype = int8);
SELECT 'empty'::textrange, '[a,b]'::textrange, textrange('a', 'b'), textrange('a', 'b', '[]'), textrange(NULL, 'c'), textrange('b', 'a');
SELECT textrange('a', 'b', 'xx');
SELECT textrange('a');
SELECT textrange('a', 'b', '[]', 1);
SELECT textrange(1, 2);
SELECT timerange('10:00', '11:00') && '[10:30,12:00)', timerange('10:00', '11:00') @> time '10:30', timerange('10:00', '11:00') * timerange('10:30', '13:00');
SELECT lower(floatrange(1, 2)), upper(floatrange(1, 2)), isempty(floatrange(1, 1)), lower_inc(floatrange(1, 2)), upper_inf(floatrange(1, NULL));
SELECT timesets(timerange('10:00', '11:00'), timerange('10:30', '12:00')), timesets(), pg_typeof(timesets()), timesets('[10:00,11:00)'), multirange(timerange('10:00', '11:00'));
SELECT '{[a,b),[c,d)}'::textmultirange, textmultirange(textrange('a','c')) @> 'b'::text, textmultirange(textrange('a','c')) + textmultirange(textrange('b','e'));
SELECT floatrange(1, 2) = floatrange(1, 2), floatrange(1, 2) < floatrange(1, 3), floatrange(1, 2) = '[1,2)', floatrange(1,2) -|- floatrange(2,3);
SELECT floatrange(1, 2) = numrange(1, 2);
SELECT floatrange(1, 2) @> 1.5, floatrange(1, 2) @> 1.5::float8;
SELECT floatrange(1, 2) @> 1;
SELECT range_merge(floatrange(1, 2), floatrange(5, 6)), range_merge('{[1,2),[5,6)}'::floatmultirange);
SELECT unnest('{[1,2),[5,6)}'::floatmultirange);
SELECT range_agg(r), range_intersect_agg(r) FROM (VALUES (floatrange(1, 3)), (floatrange(2, 4))) v(r);
CREATE TABLE rt (id int PRIMARY KEY, r floatrange, m floatmultirange, a floatrange[]);
INSERT INTO rt VALUES (1, '[1,2)', '{[1,2)}', '{"[1,2)",empty}'), (2, floatrange(5, 6), floatmultirange(floatrange(5,6)), array[floatrange(5,6)]), (3, NULL, NULL, NULL);
SELECT * FROM rt ORDER BY id;
SELECT id FROM rt WHERE r @> 1.5::float8;
SELECT id FROM rt WHERE r && '[0,10]' ORDER BY r DESC;
SELECT id FROM rt WHERE m @> 5.5::float8;
SELECT r, count(*) FROM rt GROUP BY r ORDER BY 1;
SELECT max(r), min(r) FROM rt;
SELECT row(r, m) FROM rt WHERE id = 1;
SELECT a[1], upper(a[1]) FROM rt ORDER BY id;
CREATE INDEX rti ON rt (r);
CREATE UNIQUE INDEX rtu ON rt (r);
INSERT INTO rt (id, r) VALUES (4, '[1,2)');
SELECT id FROM rt WHERE r = '[5,6)';
UPDATE rt SET r = r * '[1,1.5)' WHERE id = 1 RETURNING r;
SELECT r::text, r::varchar FROM rt WHERE id = 1;
SELECT 'a'::floatrange;
SELECT '[2,1)'::floatrange;
SELECT '[x,y)'::floatrange;
SELECT t.typname, t.typtype, t.typcategory, t.typlen, s.typname AS sub, m.typname AS multi, a.typname AS arr, ma.typname AS marr FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_type s ON s.oid = r.rngsubtype JOIN pg_type m ON m.oid = r.rngmultitypid JOIN pg_type a ON a.oid = t.typarray JOIN pg_type ma ON ma.oid = m.typarray WHERE t.typname IN ('textrange', 'floatrange', 'timerange', 'x') ORDER BY 1;
SELECT format_type('floatrange'::regtype, NULL), 'tsch.x'::regtype, 'floatrange[]'::regtype, to_regtype('timesets');
SELECT c.collname FROM pg_range r JOIN pg_collation c ON c.oid = r.rngcollation WHERE r.rngtypid = 'textrange'::regtype;
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE TYPE q AS RANGE (subtype = text, multirange_type_name = textmultirange);
CREATE TYPE q AS RANGE (collation = "C");
CREATE TYPE q AS RANGE (subtype = int4, collation = "C");
CREATE TYPE q AS RANGE (subtype = int4, nonsense = int8);
CREATE TYPE q AS RANGE (subtype = json);
CREATE TYPE q AS RANGE (subtype = nosuch);
DROP TYPE floatrange;
DROP TYPE floatrange CASCADE;
SELECT * FROM rt ORDER BY id;
CREATE TYPE comp AS (a int, r timerange);
SELECT (ROW(1, timerange('1:00', '2:00'))::comp).r;
DROP TYPE comp;
CREATE DOMAIN dr AS timerange CHECK (NOT isempty(VALUE));
SELECT 'empty'::dr;
SELECT '[1:00,2:00)'::dr;
DROP DOMAIN dr;
COMMENT ON TYPE timerange IS 'hours';
SELECT obj_description('timerange'::regtype, 'pg_type');
SELECT timerange('1:00', '2:00')::timesets, CAST(timerange('1:00', '2:00') AS timesets);
DROP TYPE textrange, timerange;
DROP TABLE rt;
DROP SCHEMA tsch CASCADE;
CREATE TYPE spans AS RANGE (subtype = float8);
SELECT spans_multirange(spans(1, 2)), spans(1, NULL, '(]');
ALTER TYPE spans RENAME TO renamed;
SELECT '[1,2)'::renamed, '{[1,2)}'::spans_multirange, pg_typeof('{[1,2)}'::spans_multirange);
DROP TYPE spans_multirange;
DROP TYPE renamed;
SELECT '{[1,2)}'::spans_multirange;
DROP TYPE dayrange;
---
CREATE TYPE
CREATE TYPE
CREATE TYPE
CREATE TYPE
CREATE SCHEMA
CREATE TYPE
ERROR 22000: range lower bound must be less than or equal to range upper bound
ERROR 42601: invalid range bound flags
HINT: Valid values are "[]", "[)", "(]", and "()".
ERROR 22P02: malformed range literal: "a" at 18
DETAIL: Missing left parenthesis or bracket.
ERROR 42883: function textrange(unknown, unknown, unknown, integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function textrange(integer, integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
t | t | [10:30:00,11:00:00)
1 | 2 | t | t | t
ERROR 22P02: malformed multirange literal: "[10:00,11:00)" at 120
DETAIL: Missing left brace.
{[a,b),[c,d)} | t | {[a,e)}
t | t | t | t
ERROR 42883: operator does not exist: floatrange = numrange at 25
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: floatrange @> numeric at 25
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: floatrange @> integer at 25
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
[1,6) | [1,6)
[1,2), [5,6)
{[1,4)} | [2,3)
CREATE TABLE
INSERT 0 3
1 | [1,2) | {[1,2)} | {"[1,2)",empty}
2 | [5,6) | {[5,6)} | {"[5,6)"}
3 | NULL | NULL | NULL
1
2, 1
2
[1,2) | 1
[5,6) | 1
NULL | 1
ERROR 42883: function max(floatrange) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
("[1,2)","{[1,2)}")
[1,2) | 2
[5,6) | 6
NULL | NULL
CREATE INDEX
CREATE INDEX
ERROR 23505: duplicate key value violates unique constraint "rtu"
DETAIL: Key (r)=([1,2)) already exists.
2
[1,1.5)
UPDATE 1
[1,1.5) | [1,1.5)
ERROR 22P02: malformed range literal: "a" at 8
DETAIL: Missing left parenthesis or bracket.
ERROR 22000: range lower bound must be less than or equal to range upper bound at 8
ERROR 22P02: invalid input syntax for type double precision: "x" at 8
floatrange | r | R | -1 | float8 | floatmultirange | _floatrange | _floatmultirange
textrange | r | R | -1 | text | textmultirange | _textrange | _textmultirange
timerange | r | R | -1 | time | timesets | _timerange | _timesets
x | r | R | -1 | int8 | x_multirange | _x | _x_multirange
floatrange | tsch.x | floatrange[] | timesets
C
ERROR 42710: type "textrange" already exists
ERROR 42710: type "textmultirange" already exists
ERROR 42601: type attribute "subtype" is required
ERROR 42809: range collation specified but subtype does not support collation
ERROR 42601: type attribute "nonsense" not recognized
ERROR 42704: data type json has no default operator class for access method "btree"
HINT: You must specify an operator class for the range type or define a default operator class for the subtype.
ERROR 42704: type "nosuch" does not exist
ERROR 2BP01: cannot drop type floatrange because other objects depend on it
DETAIL: column r of table rt depends on type floatrange
column a of table rt depends on type floatrange
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP TYPE
1, 2, 3
CREATE TYPE
[01:00:00,02:00:00)
DROP TYPE
CREATE DOMAIN
ERROR 23514: value for domain dr violates check constraint "dr_check"
[01:00:00,02:00:00)
DROP DOMAIN
COMMENT
hours
{[01:00:00,02:00:00)} | {[01:00:00,02:00:00)}
DROP TYPE
DROP TABLE
DROP SCHEMA
CREATE TYPE
{[1,2)} | (1,)
ALTER TYPE
[1,2) | {[1,2)} | spans_multirange
ERROR 2BP01: cannot drop type spans_multirange because type renamed requires it
HINT: You can drop type renamed instead.
DROP TYPE
ERROR 42704: type "spans_multirange" does not exist at 19
DROP TYPE
