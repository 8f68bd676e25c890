CREATE TABLE k (b boolean, s smallint, i int, l bigint, r real, d float8, n numeric, t text, c varchar(3),
    z timestamptz, y date, j jsonb, a text[], u uuid, v vector(2));
INSERT INTO k VALUES (true, 1, 2, 3, 1.5, 0.1, 12.30, 'it''s', 'abc', '2026-11-01 12:00:00+02', '2026-02-28',
    '{"a": [1, null], "b": "x"}', '{a,"b c",NULL}', '5F0C1E9A-0000-4000-8000-000000000001', '[1,-0.5]');
[header] SELECT * FROM k;
---
CREATE TABLE
INSERT 0 1
b boolean | s smallint | i integer | l bigint | r real | d double precision | n numeric | t text | c varchar | z timestamptz | y date | j jsonb | a text[] | u uuid | v vector
t | 1 | 2 | 3 | 1.5 | 0.1 | 12.30 | it's | abc | 2026-11-01 10:00:00+00 | 2026-02-28 | {"a": [1, null], "b": "x"} | {a,"b c",NULL} | 5f0c1e9a-0000-4000-8000-000000000001 | [1,-0.5]

# Extremes and forms.
DELETE FROM k;
INSERT INTO k (s, i, l) VALUES (-32768, 2147483647, -9223372036854775808);
INSERT INTO k (r, d) VALUES (3.4e38, 1e308), ('NaN', 'Infinity');
INSERT INTO k (b) VALUES ('yes'), ('off');
INSERT INTO k (z, y) VALUES ('2026-11-01', '1999-12-31');
SELECT s, i, l FROM k WHERE i IS NOT NULL;
SELECT r, d FROM k WHERE r IS NOT NULL ORDER BY r;
SELECT b FROM k WHERE b IS NOT NULL ORDER BY b;
SELECT z, y FROM k WHERE y IS NOT NULL;
---
DELETE 1
INSERT 0 1
INSERT 0 2
INSERT 0 2
INSERT 0 1
-32768 | 2147483647 | -9223372036854775808
3.4e+38 | 1e+308
NaN | Infinity
f, t
2026-11-01 00:00:00+00 | 1999-12-31

# Out of range, badly written, too long.
INSERT INTO k (s) VALUES (40000);
INSERT INTO k (i) VALUES (1.5);
INSERT INTO k (i) VALUES ('1.5');
INSERT INTO k (b) VALUES ('maybe');
INSERT INTO k (c) VALUES ('abcd');
INSERT INTO k (y) VALUES ('2026-02-30');
INSERT INTO k (j) VALUES ('{"a":');
INSERT INTO k (u) VALUES ('5f0c');
INSERT INTO k (a) VALUES ('{a');
INSERT INTO k (n) VALUES ('1e');
INSERT INTO k (v) VALUES ('[1,2,3]');
DROP TABLE k;
---
ERROR 22003: smallint out of range
INSERT 0 1
ERROR 22P02: invalid input syntax for type integer: "1.5" at 27
ERROR 22P02: invalid input syntax for type boolean: "maybe" at 27
ERROR 22001: value too long for type character varying(3)
ERROR 22008: date/time field value out of range: "2026-02-30" at 27
ERROR 22P02: invalid input syntax for type json at 27
DETAIL: The input string ended unexpectedly.
ERROR 22P02: invalid input syntax for type uuid: "5f0c" at 27
ERROR 22P02: malformed array literal: "{a" at 27
DETAIL: Unexpected end of input.
ERROR 22P02: invalid input syntax for type numeric: "1e" at 27
ERROR 22000: expected 2 dimensions, not 3
DROP TABLE
