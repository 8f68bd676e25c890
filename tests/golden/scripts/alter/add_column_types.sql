# Rows that were there have the default, of every type.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
ALTER TABLE t ADD a1 boolean DEFAULT true, ADD a2 smallint DEFAULT -3, ADD a3 integer DEFAULT 4 + 5, ADD a4 bigint DEFAULT 9223372036854775807;
ALTER TABLE t ADD b1 real DEFAULT 0.1, ADD b2 double precision DEFAULT 1e-300, ADD b3 double precision DEFAULT 'NaN', ADD b4 real DEFAULT '-Infinity';
ALTER TABLE t ADD c1 numeric DEFAULT 1.50, ADD c2 numeric(6,3) DEFAULT 2.71828, ADD c3 numeric DEFAULT 'NaN';
ALTER TABLE t ADD d1 text DEFAULT E'a\nb', ADD d2 varchar(5) DEFAULT 'abc', ADD d3 char(5) DEFAULT 'ab', ADD d4 text DEFAULT '';
ALTER TABLE t ADD e1 date DEFAULT '2020-02-29', ADD e2 timestamp DEFAULT '2020-01-01 10:00:00.123456', ADD e3 timestamptz DEFAULT '2020-01-01 10:00+02', ADD e4 time DEFAULT '24:00', ADD e5 interval DEFAULT '1 mon -2 days 03:04:05.000006', ADD e6 date DEFAULT 'infinity', ADD e7 timestamptz DEFAULT '0044-03-15 BC';
ALTER TABLE t ADD f1 json DEFAULT '{"a" : 1}', ADD f2 jsonb DEFAULT '{"b":[1,2.50]}', ADD f3 uuid DEFAULT '00000000-0000-0000-0000-00000000000a';
ALTER TABLE t ADD g1 int[] DEFAULT '{1,NULL,3}', ADD g2 text[] DEFAULT ARRAY['a,b', 'null', NULL], ADD g3 real[] DEFAULT '{}', ADD g4 timestamptz[] DEFAULT '{2020-01-01}';
ALTER TABLE t ADD h1 vector(3) DEFAULT '[1,0.1,-3]', ADD h2 halfvec(2) DEFAULT '[1,2.5]', ADD h3 sparsevec(5) DEFAULT '{1:1.5,5:2}/5', ADD h4 bit(5) DEFAULT B'10110';
INSERT INTO t VALUES (2);
SELECT id, a1, a2, a3, a4 FROM t ORDER BY id;
SELECT id, b1, b2, b3, b4 FROM t ORDER BY id;
SELECT id, c1, c2, c3 FROM t ORDER BY id;
SELECT id, d1, d2, d3, d4 FROM t ORDER BY id;
SELECT id, e1, e2, e3, e4, e5, e6, e7 FROM t ORDER BY id;
SELECT id, f1, f2, f3 FROM t ORDER BY id;
SELECT id, g1, g2, g3, g4 FROM t ORDER BY id;
SELECT id, h1, h2, h3, h4 FROM t ORDER BY id;
---
CREATE TABLE
INSERT 0 1
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
INSERT 0 1
1 | t | -3 | 9 | 9223372036854775807
2 | t | -3 | 9 | 9223372036854775807
1 | 0.1 | 1e-300 | NaN | -Infinity
2 | 0.1 | 1e-300 | NaN | -Infinity
1 | 1.50 | 2.718 | NaN
2 | 1.50 | 2.718 | NaN
1 | a
b | abc | ab    | 
2 | a
b | abc | ab    | 
1 | 2020-02-29 | 2020-01-01 10:00:00.123456 | 2020-01-01 08:00:00+00 | 24:00:00 | 1 mon -2 days +03:04:05.000006 | infinity | 0044-03-15 00:00:00+00 BC
2 | 2020-02-29 | 2020-01-01 10:00:00.123456 | 2020-01-01 08:00:00+00 | 24:00:00 | 1 mon -2 days +03:04:05.000006 | infinity | 0044-03-15 00:00:00+00 BC
1 | {"a" : 1} | {"b": [1, 2.50]} | 00000000-0000-0000-0000-00000000000a
2 | {"a" : 1} | {"b": [1, 2.50]} | 00000000-0000-0000-0000-00000000000a
1 | {1,NULL,3} | {"a,b","null",NULL} | {} | {"2020-01-01 00:00:00+00"}
2 | {1,NULL,3} | {"a,b","null",NULL} | {} | {"2020-01-01 00:00:00+00"}
1 | [1,0.1,-3] | [1,2.5] | {1:1.5,5:2}/5 | 10110
2 | [1,0.1,-3] | [1,2.5] | {1:1.5,5:2}/5 | 10110

# As they were read when the column came.
CREATE TABLE styled (id int);
INSERT INTO styled VALUES (1);
SET datestyle = 'German';
SET timezone = 'Europe/Rome';
ALTER TABLE styled ADD a date DEFAULT '01.02.2020', ADD b timestamptz DEFAULT '01.02.2020 10:00';
RESET datestyle;
RESET timezone;
SELECT * FROM styled;
---
CREATE TABLE
INSERT 0 1
SET
SET
ALTER TABLE
RESET
RESET
1 | 2020-02-01 | 2020-02-01 09:00:00+00
