# POSIX texts: a name is all that is neither digit, comma nor sign, and may be empty.
SELECT z, '2020-01-01'::timestamptz AT TIME ZONE z, '2020-07-01'::timestamptz AT TIME ZONE z FROM (VALUES ('[1:3]'), ('X5Y'), ('X5Y4'), ('X5]4:30:10'), ('5X'), ('<>5'), ('(1)'), ('x1:59:60'), ('x5y,J60,J300'), ('x5y,60/3:00,300/-2'), ('x5y '), ('<+05>-5')) t (z);
SELECT '2020-07-01'::timestamptz AT TIME ZONE 'x1:60';
SELECT '2020-07-01'::timestamptz AT TIME ZONE 'x1:59:61';
SELECT '2020-07-01'::timestamptz AT TIME ZONE 'x168';
SELECT '2020-07-01'::timestamptz AT TIME ZONE 'x5y,M13.2.0,M11.1.0';
SET timezone = '<abc>5<def>';
SHOW timezone;
SELECT to_char('2020-07-01'::timestamptz, 'TZ'), to_char('2020-01-01'::timestamptz, 'TZ'), '2020-07-01'::timestamptz::text;
RESET timezone;
---
[1:3] | 2019-12-31 22:57:00 | 2020-06-30 23:57:00
X5Y | 2019-12-31 19:00:00 | 2020-06-30 20:00:00
X5Y4 | 2019-12-31 19:00:00 | 2020-06-30 20:00:00
X5]4:30:10 | 2019-12-31 19:00:00 | 2020-06-30 19:29:50
5X | 2019-12-31 19:00:00 | 2020-06-30 20:00:00
<>5 | 2019-12-31 19:00:00 | 2020-06-30 19:00:00
(1) | 2019-12-31 23:00:00 | 2020-07-01 00:00:00
x1:59:60 | 2019-12-31 22:00:00 | 2020-06-30 22:00:00
x5y,J60,J300 | 2019-12-31 19:00:00 | 2020-06-30 20:00:00
x5y,60/3:00,300/-2 | 2019-12-31 19:00:00 | 2020-06-30 20:00:00
x5y  | 2019-12-31 19:00:00 | 2020-06-30 20:00:00
<+05>-5 | 2020-01-01 05:00:00 | 2020-07-01 05:00:00
ERROR 22023: time zone "x1:60" not recognized
ERROR 22023: time zone "x1:59:61" not recognized
ERROR 22023: time zone "x168" not recognized
ERROR 22023: time zone "x5y,M13.2.0,M11.1.0" not recognized
SET
<ABC>5<DEF>
DEF | ABC | 2020-07-01 00:00:00-04
RESET
