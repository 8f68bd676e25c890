# Arrays are assigned element by element, as their elements would be: char(n) without its blanks, booleans in words.
CREATE TABLE aas (id int, a text[], v varchar(3)[], d date[], n numeric(5,1)[], i int[], b bpchar[]);
INSERT INTO aas (a) SELECT ARRAY['ab'::char(5)];
INSERT INTO aas (a) VALUES (ARRAY['ab'::char(5)]);
UPDATE aas SET a = ARRAY['q'::char(5)];
SELECT * FROM aas;
INSERT INTO aas (v) SELECT ARRAY['ab  '::char(5)];
INSERT INTO aas (v) SELECT ARRAY['abcdef'::text];
INSERT INTO aas (v) SELECT ARRAY['abc   '::text];
INSERT INTO aas (d) SELECT ARRAY['2020-01-01 10:00'::timestamp];
INSERT INTO aas (n) SELECT ARRAY[1.25, 2.349];
INSERT INTO aas (n) SELECT ARRAY[1.25::float8, 99999];
INSERT INTO aas (i) SELECT ARRAY[1.5, 2.5];
INSERT INTO aas (i) SELECT ARRAY[1.5::float8, 2.5];
INSERT INTO aas (i) SELECT ARRAY[99999999999];
INSERT INTO aas (a) SELECT ARRAY[1, 2];
INSERT INTO aas (i) SELECT ARRAY['1', '2'];
INSERT INTO aas (i) SELECT ARRAY['1'::text];
INSERT INTO aas (a) SELECT ARRAY[true, false];
INSERT INTO aas (a) SELECT ARRAY['2020-01-01'::date];
INSERT INTO aas (a) SELECT ARRAY[ARRAY['ab'::char(5)], ARRAY['c']];
INSERT INTO aas (b) SELECT ARRAY['ab '::text, 'c'];
INSERT INTO aas (a) SELECT ARRAY['abc'::name, 'd'::name];
INSERT INTO aas (a) SELECT ARRAY['10.0.0.1'::inet];
SELECT * FROM aas ORDER BY 1, 2, 3, 4, 5, 6;
CREATE TABLE aav (c text, v varchar(4), b char(3), d date, t time, i int, n numeric(4,1));
INSERT INTO aav (c) SELECT 'ab'::char(5);
INSERT INTO aav (c) VALUES ('ab'::char(5));
INSERT INTO aav (v) SELECT 'ab     '::char(8);
INSERT INTO aav (v) SELECT 'ab     '::text;
INSERT INTO aav (v) SELECT 'abcdef'::text;
INSERT INTO aav (b) SELECT 'ab     '::text;
INSERT INTO aav (b) SELECT 'abcd'::bpchar;
INSERT INTO aav (d) SELECT '2020-01-01 10:00'::timestamptz;
INSERT INTO aav (t) SELECT '2020-01-01 10:00'::timestamptz;
INSERT INTO aav (t) SELECT '2 days 10:00'::interval;
INSERT INTO aav (i) SELECT 2.5::float8;
INSERT INTO aav (i) SELECT 2.5;
INSERT INTO aav (n) SELECT 999.96;
INSERT INTO aav (n) SELECT 12.25::float8;
INSERT INTO aav (i) SELECT true;
INSERT INTO aav (c) SELECT '2020-01-01'::date;
INSERT INTO aav (c) SELECT ARRAY[1];
INSERT INTO aav (d) SELECT 'x'::text;
SELECT c, v, length(v), octet_length(v), b, d, t, i, n FROM aav ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;
DROP TABLE aas, aav;
---
CREATE TABLE
INSERT 0 1
INSERT 0 1
UPDATE 2
NULL | {q} | NULL | NULL | NULL | NULL | NULL
NULL | {q} | NULL | NULL | NULL | NULL | NULL
INSERT 0 1
ERROR 22001: value too long for type character varying(3)
INSERT 0 1
INSERT 0 1
INSERT 0 1
ERROR 22003: numeric field overflow
DETAIL: A field with precision 5, scale 1 must round to an absolute value less than 10^4.
INSERT 0 1
INSERT 0 1
ERROR 22003: integer out of range
INSERT 0 1
ERROR 42804: column "i" is of type integer[] but expression is of type text[] at 28
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "i" is of type integer[] but expression is of type text[] at 28
HINT: You will need to rewrite or cast the expression.
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
NULL | {1,2} | NULL | NULL | NULL | NULL | NULL
NULL | {10.0.0.1/32} | NULL | NULL | NULL | NULL | NULL
NULL | {2020-01-01} | NULL | NULL | NULL | NULL | NULL
NULL | {{ab},{c}} | NULL | NULL | NULL | NULL | NULL
NULL | {abc,d} | NULL | NULL | NULL | NULL | NULL
NULL | {q} | NULL | NULL | NULL | NULL | NULL
NULL | {q} | NULL | NULL | NULL | NULL | NULL
NULL | {true,false} | NULL | NULL | NULL | NULL | NULL
NULL | NULL | {ab} | NULL | NULL | NULL | NULL
NULL | NULL | {abc} | NULL | NULL | NULL | NULL
NULL | NULL | NULL | {2020-01-01} | NULL | NULL | NULL
NULL | NULL | NULL | NULL | {1.3,2.3} | NULL | NULL
NULL | NULL | NULL | NULL | NULL | {2,2} | NULL
NULL | NULL | NULL | NULL | NULL | {2,3} | NULL
NULL | NULL | NULL | NULL | NULL | NULL | {"ab ",c}
CREATE TABLE
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
ERROR 22001: value too long for type character varying(4)
INSERT 0 1
ERROR 22001: value too long for type character(3)
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
INSERT 0 1
ERROR 22003: numeric field overflow
DETAIL: A field with precision 4, scale 1 must round to an absolute value less than 10^3.
INSERT 0 1
ERROR 42804: column "i" is of type integer but expression is of type boolean at 28
HINT: You will need to rewrite or cast the expression.
INSERT 0 1
INSERT 0 1
ERROR 42804: column "d" is of type date but expression is of type text at 28
HINT: You will need to rewrite or cast the expression.
2020-01-01 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
ab | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
ab | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
{1} | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
NULL | ab | 2 | 2 | NULL | NULL | NULL | NULL | NULL
NULL | ab   | 4 | 4 | NULL | NULL | NULL | NULL | NULL
NULL | NULL | NULL | NULL | ab  | NULL | NULL | NULL | NULL
NULL | NULL | NULL | NULL | NULL | 2020-01-01 | NULL | NULL | NULL
NULL | NULL | NULL | NULL | NULL | NULL | 10:00:00 | NULL | NULL
NULL | NULL | NULL | NULL | NULL | NULL | 10:00:00 | NULL | NULL
NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2 | NULL
NULL | NULL | NULL | NULL | NULL | NULL | NULL | 3 | NULL
NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 12.3
DROP TABLE
