# Ordered-set aggregates and distinct lists of values that DuckDB has another form of, in grouping sets.
CREATE TABLE oda (id int, g int, d date, ts timestamp, tz timestamptz, tm time, iv interval, bt bit(3), vb varbit, v vector(2), h halfvec(2), f8 float8, bc char(3));
INSERT INTO oda VALUES (1, 1, '2020-01-01', '2020-01-01 10:00', '2020-01-01 10:00+00', '10:00', '1 day', '101', '10', '[1,2]', '[1,2]', 'NaN', 'z');
INSERT INTO oda VALUES (2, 0, '2020-01-01', '2020-01-01 10:00', '2020-01-01 10:00+00', '10:00', '1 day', '101', '10', '[1,2]', '[1,2]', 'NaN', 'z');
INSERT INTO oda VALUES (3, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO oda (id, g, d, iv, bt, v, f8) VALUES (4, 1, '2019-05-05', '2 hours', '001', '[-1,5]', 'NaN'), (5, 1, '2019-05-05', '1 day', '001', '[1,2]', 1), (6, 0, '2021-01-01', '3 days', '111', '[0,0]', 2);
SELECT g, mode() WITHIN GROUP (ORDER BY d), percentile_disc(0.5) WITHIN GROUP (ORDER BY d), array_agg(DISTINCT d) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY ts), percentile_disc(0.5) WITHIN GROUP (ORDER BY ts), array_agg(DISTINCT ts) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY tz), percentile_disc(0.5) WITHIN GROUP (ORDER BY tz), array_agg(DISTINCT tz) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY tm), percentile_disc(0.5) WITHIN GROUP (ORDER BY tm), array_agg(DISTINCT tm) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY iv), percentile_disc(0.5) WITHIN GROUP (ORDER BY iv), array_agg(DISTINCT iv) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY bt), percentile_disc(0.5) WITHIN GROUP (ORDER BY bt), array_agg(DISTINCT bt) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY vb), percentile_disc(0.5) WITHIN GROUP (ORDER BY vb), array_agg(DISTINCT vb) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY v), percentile_disc(0.5) WITHIN GROUP (ORDER BY v), array_agg(DISTINCT v) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY h), percentile_disc(0.5) WITHIN GROUP (ORDER BY h), array_agg(DISTINCT h) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY f8), percentile_disc(0.5) WITHIN GROUP (ORDER BY f8), array_agg(DISTINCT f8) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, mode() WITHIN GROUP (ORDER BY bc), percentile_disc(0.5) WITHIN GROUP (ORDER BY bc), array_agg(DISTINCT bc) FROM oda GROUP BY ROLLUP (g) ORDER BY g;
DROP TABLE oda;
---
CREATE TABLE
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 3
0 | 2020-01-01 | 2020-01-01 | {2020-01-01,2021-01-01}
1 | 2019-05-05 | 2019-05-05 | {2019-05-05,2020-01-01,NULL}
NULL | 2019-05-05 | 2020-01-01 | {2019-05-05,2020-01-01,2021-01-01,NULL}
0 | 2020-01-01 10:00:00 | 2020-01-01 10:00:00 | {"2020-01-01 10:00:00",NULL}
1 | 2020-01-01 10:00:00 | 2020-01-01 10:00:00 | {"2020-01-01 10:00:00",NULL}
NULL | 2020-01-01 10:00:00 | 2020-01-01 10:00:00 | {"2020-01-01 10:00:00",NULL}
0 | 2020-01-01 10:00:00+00 | 2020-01-01 10:00:00+00 | {"2020-01-01 10:00:00+00",NULL}
1 | 2020-01-01 10:00:00+00 | 2020-01-01 10:00:00+00 | {"2020-01-01 10:00:00+00",NULL}
NULL | 2020-01-01 10:00:00+00 | 2020-01-01 10:00:00+00 | {"2020-01-01 10:00:00+00",NULL}
0 | 10:00:00 | 10:00:00 | {10:00:00,NULL}
1 | 10:00:00 | 10:00:00 | {10:00:00,NULL}
NULL | 10:00:00 | 10:00:00 | {10:00:00,NULL}
0 | 1 day | 1 day | {"1 day","3 days"}
1 | 1 day | 1 day | {02:00:00,"1 day",NULL}
NULL | 1 day | 1 day | {02:00:00,"1 day","3 days",NULL}
0 | 101 | 101 | {101,111}
1 | 001 | 001 | {001,101,NULL}
NULL | 001 | 101 | {001,101,111,NULL}
0 | 10 | 10 | {10,NULL}
1 | 10 | 10 | {10,NULL}
NULL | 10 | 10 | {10,NULL}
0 | [0,0] | [0,0] | {"[0,0]","[1,2]"}
1 | [1,2] | [1,2] | {"[-1,5]","[1,2]",NULL}
NULL | [1,2] | [1,2] | {"[-1,5]","[0,0]","[1,2]",NULL}
0 | [1,2] | [1,2] | {"[1,2]",NULL}
1 | [1,2] | [1,2] | {"[1,2]",NULL}
NULL | [1,2] | [1,2] | {"[1,2]",NULL}
0 | 2 | 2 | {2,NaN}
1 | NaN | NaN | {1,NaN,NULL}
NULL | NaN | NaN | {1,2,NaN,NULL}
0 | z   | z   | {"z  ",NULL}
1 | z   | z   | {"z  ",NULL}
NULL | z   | z   | {"z  ",NULL}
DROP TABLE
