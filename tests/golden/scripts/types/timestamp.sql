# timestamp without time zone: a zone in the text is ignored, one of a timestamptz is left at UTC.
CREATE TABLE t (at timestamp PRIMARY KEY, seen timestamp without time zone, z timestamptz, d date);
INSERT INTO t VALUES ('2026-01-01 10:00', '2026-01-02 03:04:05.678+05', '2026-01-01 00:00+02', '2026-01-01');
INSERT INTO t VALUES (timestamp '2026-02-01', NULL, NULL, NULL), ('epoch', '1969-12-31 23:59:59.999999', NULL, NULL);
INSERT INTO t SELECT at + interval '10 years', z, z, d FROM t WHERE z IS NOT NULL;
[header] SELECT * FROM t ORDER BY at;
---
CREATE TABLE
INSERT 0 1
INSERT 0 2
INSERT 0 1
at timestamp | seen timestamp | z timestamptz | d date
1970-01-01 00:00:00 | 1969-12-31 23:59:59.999999 | NULL | NULL
2026-01-01 10:00:00 | 2026-01-02 03:04:05.678 | 2025-12-31 22:00:00+00 | 2026-01-01
2026-02-01 00:00:00 | NULL | NULL | NULL
2036-01-01 10:00:00 | 2025-12-31 22:00:00 | 2025-12-31 22:00:00+00 | 2026-01-01

# Compared with its like, with a text, and with the other types of moments.
SELECT at FROM t WHERE at = '2026-01-01 10:00:00';
SELECT at FROM t WHERE seen < '2026-01-02 03:04:05.679' ORDER BY seen DESC;
SELECT at FROM t WHERE at IN ('2026-02-01', '2026-02-02', 'epoch') ORDER BY at DESC;
SELECT at FROM t WHERE at BETWEEN '2026-01-01' AND '2026-02-01' ORDER BY at;
SELECT at FROM t WHERE at > z ORDER BY at;
SELECT at FROM t WHERE at > d ORDER BY at;
SELECT at FROM t WHERE at < '2026-01-15'::timestamptz ORDER BY at;
SELECT at FROM t ORDER BY seen NULLS FIRST;
---
2026-01-01 10:00:00
2026-01-01 10:00:00, 2036-01-01 10:00:00, 1970-01-01 00:00:00
2026-02-01 00:00:00, 1970-01-01 00:00:00
2026-01-01 10:00:00, 2026-02-01 00:00:00
2026-01-01 10:00:00, 2036-01-01 10:00:00
2026-01-01 10:00:00, 2036-01-01 10:00:00
1970-01-01 00:00:00, 2026-01-01 10:00:00
2026-02-01 00:00:00, 1970-01-01 00:00:00, 2036-01-01 10:00:00, 2026-01-01 10:00:00

# A btree index finds the same rows.
CREATE INDEX seen_idx ON t (seen);
VACUUM t;
EXPLAIN SELECT at FROM t WHERE seen = '2026-01-02 03:04:05.678';
SELECT at FROM t WHERE seen = '2026-01-02 03:04:05.678';
SELECT at FROM t WHERE seen >= '2026-01-01' ORDER BY seen LIMIT 1;
---
CREATE INDEX
VACUUM
Seq Scan on t (rows=1)
  Filter: (seen = '2026-01-02 03:04:05.678')
2026-01-01 10:00:00
2026-01-01 10:00:00

# Casts and functions.
SELECT seen::date, seen::text, seen::timestamptz, z::timestamp, d::timestamp FROM t WHERE at = '2026-01-01 10:00';
SELECT date_trunc('month', seen), extract(hour FROM seen), seen + interval '1 day', seen - at FROM t WHERE at = '2026-01-01 10:00';
SELECT min(at), max(at), count(DISTINCT seen), array_agg(seen ORDER BY seen) FROM t;
SELECT '2026-01-01'::timestamp, '2026-01-01 00:00'::timestamp = '2026-01-01 00:00+05'::timestamp, pg_typeof(seen) FROM t LIMIT 1;
SELECT a.at, b.seen FROM t a JOIN t b ON a.at = b.at AND b.seen > '2000-01-01' ORDER BY 1;
SELECT array_agg(at ORDER BY at) = '{"1970-01-01 00:00:00","2026-01-01 10:00:00"}'::timestamp[] FROM t WHERE at < '2026-01-15';
---
2026-01-02 | 2026-01-02 03:04:05.678 | 2026-01-02 03:04:05.678+00 | 2025-12-31 22:00:00 | 2026-01-01 00:00:00
2026-01-01 00:00:00 | 3 | 2026-01-03 03:04:05.678 | 17:04:05.678
1970-01-01 00:00:00 | 2036-01-01 10:00:00 | 3 | {"1969-12-31 23:59:59.999999","2025-12-31 22:00:00","2026-01-02 03:04:05.678",NULL}
2026-01-01 00:00:00 | t | timestamp without time zone
2026-01-01 10:00:00 | 2026-01-02 03:04:05.678
2036-01-01 10:00:00 | 2025-12-31 22:00:00
t

# Changes, and the past.
UPDATE t SET seen = seen + interval '1 hour' WHERE at = '2026-01-01 10:00';
UPDATE t SET seen = z WHERE at = 'epoch';
DELETE FROM t WHERE at > '2030-01-01';
SELECT at, seen FROM t ORDER BY at;
SELECT count(*) FROM t AS OF now();
---
UPDATE 1
UPDATE 1
DELETE 1
1970-01-01 00:00:00 | NULL
2026-01-01 10:00:00 | 2026-01-02 04:04:05.678
2026-02-01 00:00:00 | NULL
3

# What is no timestamp.
INSERT INTO t (at) VALUES ('soon');
INSERT INTO t (at) VALUES ('2026-13-01');
INSERT INTO t (at) VALUES ('infinity');
INSERT INTO t (at) VALUES (5);
INSERT INTO t (at) VALUES ('2026-02-01 00:00:00.000000');
---
ERROR 22007: invalid input syntax for type timestamp: "soon" at 28
ERROR 22008: date/time field value out of range: "2026-13-01" at 28
HINT: Perhaps you need a different "DateStyle" setting.
INSERT 0 1
ERROR 42804: column "at" is of type timestamp without time zone but expression is of type integer at 28
HINT: You will need to rewrite or cast the expression.
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (at)=(2026-02-01 00:00:00) already exists.

# The catalog names it.
SELECT attname, format_type(atttypid, atttypmod), attlen FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY attnum;
SELECT column_name, data_type, datetime_precision, udt_name FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position;
SELECT typname, typcategory, typlen, typarray FROM pg_type WHERE typname = 'timestamp';
DROP TABLE t;
---
at | timestamp without time zone | 8
seen | timestamp without time zone | 8
z | timestamp with time zone | 8
d | date | 4
at | timestamp without time zone | 6 | timestamp
seen | timestamp without time zone | 6 | timestamp
z | timestamp with time zone | 6 | timestamptz
d | date | 0 | date
timestamp | D | 8 | 1115
DROP TABLE
