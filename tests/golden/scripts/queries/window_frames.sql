# RANGE by an offset: over numbers of every type, dates, times and spans of them; what frames may not be.
SET timezone = 'UTC';
CREATE TABLE wf (a int, n numeric(8,2), u numeric, f float8, d date, t timestamp, z timestamptz, i interval);
INSERT INTO wf VALUES (1, 1.5, 1.5, 2.5, '2020-01-01', '2020-01-01 10:00', '2020-01-01 10:00+00', '1 day'), (2, 3.25, 2.6, 0.5, '2020-01-03', '2020-01-01 11:00', '2020-01-02 10:00+00', '2 days'), (3, NULL, 2.5, 'NaN', '2020-01-04', '2020-01-01 11:30', '2020-02-02 10:00+00', '3 days'), (4, 2, -5, 'Infinity', NULL, NULL, 'infinity', NULL);
SELECT a, sum(a) OVER (ORDER BY n RANGE 1 PRECEDING), sum(a) OVER (ORDER BY u RANGE BETWEEN 1 PRECEDING AND 0.1 FOLLOWING), sum(a) OVER (ORDER BY f DESC RANGE 1.5 PRECEDING) FROM wf ORDER BY a;
SELECT a, sum(a) OVER (ORDER BY d RANGE '1 day' PRECEDING), sum(a) OVER (ORDER BY t DESC RANGE BETWEEN interval '30 minutes' PRECEDING AND CURRENT ROW) FROM wf ORDER BY a;
SELECT a, sum(a) OVER (ORDER BY z RANGE '1 day' PRECEDING), sum(a) OVER (ORDER BY z RANGE BETWEEN '1 month' PRECEDING AND '1 month' FOLLOWING), sum(a) OVER (ORDER BY i RANGE '1 day' PRECEDING) FROM wf ORDER BY a;
SELECT a, sum(a) OVER (ORDER BY a ROWS 1 + 1 PRECEDING), sum(a) OVER (ORDER BY a ROWS 1.4 PRECEDING), sum(a) OVER (ORDER BY a ROWS '1' PRECEDING), sum(a) OVER (ORDER BY a GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM wf ORDER BY a;
SELECT a, sum(a) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), sum(a) OVER (w ROWS 1 PRECEDING) FROM wf WINDOW w AS (ORDER BY a) ORDER BY a;
SELECT "range", sum("range") OVER (ORDER BY "range" RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1), (2)) v("range");
SELECT range FROM (VALUES (1), (2)) v(range) WHERE range BETWEEN 1 AND 1;
SELECT sum(a) OVER (ORDER BY d RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING) FROM wf;
SELECT sum(a) OVER (ORDER BY a RANGE 1.5 PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY a::text RANGE 1 PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY n RANGE '-1' PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY n RANGE '1 day' PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN UNBOUNDED FOLLOWING AND 1 PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM wf;
SELECT sum(a) OVER (ORDER BY a ROWS 1 FOLLOWING) FROM wf;
RESET timezone;
---
SET
CREATE TABLE
INSERT 0 4
1 | 1 | 1 | 1
2 | 2 | 5 | 2
3 | 3 | 6 | 3
4 | 5 | 4 | 4
1 | 1 | 1
2 | 2 | 5
3 | 5 | 3
4 | 4 | 4
1 | 1 | 3 | 1
2 | 3 | 6 | 3
3 | 3 | 5 | 5
4 | 4 | 4 | 4
1 | 1 | 1 | 1 | 2
2 | 3 | 3 | 3 | 4
3 | 6 | 5 | 5 | 6
4 | 9 | 7 | 7 | 3
1 | 1 | 1
2 | 3 | 3
3 | 6 | 5
4 | 10 | 7
1 | 3
2 | 3
1
ERROR 0A000: RANGE with offset PRECEDING/FOLLOWING is not supported for column type date and offset type integer at 46
HINT: Cast the offset value to an appropriate type.
ERROR 0A000: RANGE with offset PRECEDING/FOLLOWING is not supported for column type integer and offset type numeric at 38
HINT: Cast the offset value to an appropriate type.
ERROR 0A000: RANGE with offset PRECEDING/FOLLOWING is not supported for column type text at 44
ERROR 22013: invalid preceding or following size in window function
ERROR 22P02: invalid input syntax for type numeric: "1 day" at 38
ERROR 42P20: frame starting from following row cannot have preceding rows at 61
ERROR 42P20: frame start cannot be UNBOUNDED FOLLOWING at 45
ERROR 42P20: frame starting from current row cannot have preceding rows at 61
ERROR 42P20: frame starting from following row cannot end with current row at 37
RESET
