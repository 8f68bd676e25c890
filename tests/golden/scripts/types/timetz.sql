# timetz: a time of day beside its offset, ordered by the moment, then the one farther east first.
CREATE TABLE t (id int PRIMARY KEY, at timetz UNIQUE, short time(0) with time zone, seen timetz[]);
INSERT INTO t VALUES (1, '10:00+02', '10:00:00.6-05', '{10:00+01,NULL}'), (2, '09:00+01', NULL, '{}'), (3, '24:00:00', '08:00+05:30', NULL);
[header] SELECT * FROM t ORDER BY at;
---
CREATE TABLE
INSERT 0 3
id integer | at timetz | short timetz | seen timetz[]
1 | 10:00:00+02 | 10:00:01-05 | {10:00:00+01,NULL}
2 | 09:00:00+01 | NULL | {}
3 | 24:00:00+00 | 08:00:00+05:30 | NULL

INSERT INTO t VALUES (4, '10:00:00+02:00');
SELECT id FROM t WHERE at = '10:00+02';
SELECT id FROM t WHERE at > '10:00+02' ORDER BY id;
SELECT min(at), max(at), count(DISTINCT at) FROM t;
SELECT id FROM t WHERE '10:00+01' = ANY(seen);
---
ERROR 23505: duplicate key value violates unique constraint "t_at_key"
DETAIL: Key (at)=(10:00:00+02) already exists.
1
2, 3
10:00:00+02 | 24:00:00+00 | 3
1

# Arithmetic, fields, other zones.
SELECT at + interval '3 hours', at - interval '11 hours', date '2026-03-01' + at FROM t WHERE id = 1;
SELECT extract(hour FROM at), extract(timezone FROM at), date_part('epoch', at) FROM t WHERE id = 1;
SELECT at AT TIME ZONE '+05', at::time, time '08:00'::timetz FROM t WHERE id = 1;
SELECT (at, at) OVERLAPS (timetz '07:59+00', timetz '08:01+00') FROM t WHERE id = 1;
SELECT 'x'::timetz;
SELECT '10:00 Europe/Rome'::timetz;
---
13:00:00+02 | 23:00:00+02 | 2026-03-01 08:00:00+00
10 | 7200 | 28800
03:00:00-05 | 10:00:00 | 08:00:00+00
t
ERROR 22007: invalid input syntax for type time with time zone: "x" at 8
ERROR 22007: invalid input syntax for type time with time zone: "10:00 Europe/Rome" at 8
