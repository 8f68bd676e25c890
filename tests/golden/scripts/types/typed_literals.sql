# A type's name before a string, with modifiers and zone; digits of moments; parts of what range types are made of.
SELECT timestamp with time zone '2020-01-02 03:04:05+00', timestamp without time zone '2020-01-02 03:04:05';
SELECT time with time zone '03:04:05+02', time without time zone '03:04:05';
SELECT timestamp(3) with time zone '2020-01-02 03:04:05.12345+00', time(2) with time zone '03:04:05.678+02', timestamp(2) '2020-01-02 03:04:05.129';
SELECT numeric(5,2) '1.239', varchar(2) 'abc', bit(3) '101', interval(0) '1.7 s', interval '1' day, interval '1 2' day to hour, date '2020-01-01' named;
SELECT timestamp '2020-01-01 00:00' AT TIME ZONE 'UTC' < timestamp with time zone '2020-01-02 00:00+00';
SELECT timetz('03:04:05.678+02'::timetz, 1), timestamptz('2020-01-01 03:04:05.678+00'::timestamptz, 1), "time"('03:04:05.678'::time, 1), "timestamp"('2020-01-01 03:04:05.678'::timestamp, -1);
SELECT timestamptz('2020-01-01'::timestamptz, 7);
SELECT int4range_canonical('[1,5]'::int4range), int8range_canonical('(1,5]'::int8range), daterange_canonical('[2020-01-01,2020-01-05]'::daterange);
SELECT int4range_subdiff(5, 3), int8range_subdiff(5, 3), numrange_subdiff(5, 3.5), daterange_subdiff('2020-01-05', '2020-01-01'), tsrange_subdiff('2020-01-05', '2020-01-01'), tstzrange_subdiff('2020-01-05', '2020-01-01');
SELECT max(DISTINCT x), min(DISTINCT x), max(DISTINCT x) FILTER (WHERE x < 2) FROM (VALUES (1.0), (2.50), (2.5)) t(x);
SELECT max(DISTINCT x) OVER () FROM (VALUES (1.0), (2.50)) t(x);
SELECT least(x, y), greatest(x, y) FROM (VALUES ('-0'::float8, '0'::float8), ('0'::float8, '-0'::float8), ('nan', 1), (NULL, 2)) t(x, y);
SELECT least(x, y), greatest(x, y) FROM (VALUES ('-0'::real, '0'::real), ('0'::real, '-0'::real)) t(x, y);
SELECT least(max(x), min(x)), greatest(max(x), NULL, 3.5::float8) FROM (VALUES (1::float8), (2)) t(x);
---
2020-01-02 03:04:05+00 | 2020-01-02 03:04:05
03:04:05+02 | 03:04:05
2020-01-02 03:04:05.123+00 | 03:04:05.68+02 | 2020-01-02 03:04:05.13
1.24 | ab | 101 | 00:00:02 | 1 day | 1 day 02:00:00 | 2020-01-01
t
03:04:05.7+02 | 2020-01-01 03:04:05.7+00 | 03:04:05.7 | 2020-01-01 03:04:05.678
ERROR 22023: timestamp(7) precision must be between 0 and 6
[1,6) | [2,6) | [2020-01-01,2020-01-06)
2 | 2 | 1.5 | 4 | 345600 | 345600
2.50 | 1.0 | 1.0
ERROR 0A000: DISTINCT is not implemented for window functions at 8
-0 | -0
0 | 0
1 | NaN
2 | 2
-0 | -0
0 | 0
1 | 3.5
