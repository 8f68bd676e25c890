# A type's name called with one value is a cast, where no function of that name takes just such a value.
SELECT int4('5'), int8(5), float8(1), bool(1), name('x'), int2(5), text(5);
SELECT int4(true), int4('a'::"char"), int4('101'::bit(3)), int4('{"a": 1}'::jsonb -> 'a'), "char"('abc'), "char"(65);
SELECT "time"('10:00'), "time"('10:00+00'::timetz), "time"('1 day 10:00'::interval), timetz('10:00+02'), "interval"('10:00'::time);
SELECT "timestamp"('2020-01-01'), "timestamp"('2020-01-01'::date), "timestamp"('2020-01-01'::date, '10:00'::time), date('2020-01-01'::timestamp);
SELECT int4(x), date(y), text(z) FROM (VALUES ('5', '2020-01-01', '2020-01-01'::date)) t (x, y, z);
SELECT regclass('pg_class'), text('pg_class'::regclass), vector('[1,2]'), pg_catalog.int4(5.5);
SELECT float8('a');
SELECT int2(70000);
SELECT int4(now());
SELECT "timestamp"(5);
SELECT text(ROW(1, 2));
SELECT date(5);
CREATE TYPE cc_mood AS ENUM ('low', 'high');
CREATE DOMAIN cc_even AS int CHECK (VALUE % 2 = 0);
SELECT cc_mood('low'), cc_even(4);
SELECT cc_even(3);
SELECT cc_mood('x');
DROP TYPE cc_mood;
DROP DOMAIN cc_even;
# The function of factorials, and its logarithm.
SELECT gamma(5), gamma('inf'), gamma('nan'), lgamma(1), lgamma('-inf');
SELECT gamma(0);
SELECT gamma(172);
SELECT gamma(-180.5);
SELECT gamma('-inf');
SELECT lgamma(-1);
---
5 | 5 | 1 | t | x | 5 | 5
1 | 97 | 5 | 1 | a | A
10:00:00 | 10:00:00 | 10:00:00 | 10:00:00+02 | 10:00:00
2020-01-01 00:00:00 | 2020-01-01 00:00:00 | 2020-01-01 10:00:00 | 2020-01-01
5 | 2020-01-01 | 2020-01-01
pg_class | pg_class | [1,2] | 6
ERROR 22P02: invalid input syntax for type double precision: "a" at 15
ERROR 22003: smallint out of range
ERROR 42883: function int4(timestamp with time zone) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function timestamp(integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function text(record) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function date(integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
CREATE TYPE
CREATE DOMAIN
low | 4
ERROR 23514: value for domain cc_even violates check constraint "cc_even_check"
ERROR 22P02: invalid input value for enum cc_mood: "x" at 16
DROP TYPE
DROP DOMAIN
24 | Infinity | NaN | 0 | Infinity
ERROR 22003: value out of range: overflow
ERROR 22003: value out of range: overflow
ERROR 22003: value out of range: underflow
ERROR 22003: value out of range: overflow
ERROR 22003: value out of range: overflow
