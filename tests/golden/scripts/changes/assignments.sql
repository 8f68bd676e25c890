# Each value of VALUES becomes what its column is by itself: rows of several types have no type in common.
CREATE TABLE g (id serial, a int, b text DEFAULT 'dd', c numeric, d date DEFAULT '2020-02-02', i boolean, g jsonb, k int[], v vector(2));
INSERT INTO g (a) VALUES (1), ('2'), (2.5), (99.4::float8);
INSERT INTO g (b) VALUES (1), (date '2020-01-01'), (true), (1.50), (ARRAY[1, 2]), ('\x01'::bytea), ('q');
INSERT INTO g (d) VALUES ('2020-01-01'), (timestamp '2020-01-02 10:00'), (NULL);
INSERT INTO g (b) VALUES (length('abc')), (interval '1 mon'), ('q' || 'r');
# What no assignment converts is refused before any row is looked at.
INSERT INTO g (g) VALUES (1), ('{"a": 1}');
INSERT INTO g (g) VALUES ('1'::text), ('{"a": 1}');
INSERT INTO g (a) VALUES (1), ('3'::text);
INSERT INTO g (a, b) VALUES (length('x'), 'a'), (now(), 'b');
INSERT INTO g (d) VALUES (length('x')), (date '2020-01-02');
INSERT INTO g (g) VALUES ((1, 2));
INSERT INTO g (i) SELECT a FROM g;
INSERT INTO g (i) SELECT 1;
INSERT INTO g (a) SELECT v FROM g;
INSERT INTO g (a) SELECT k FROM g;
INSERT INTO g (k) SELECT a FROM g;
INSERT INTO g (b, a) SELECT b, upper(b) FROM g;
INSERT INTO g (v) SELECT ARRAY['1', '2'];
INSERT INTO g (g) SELECT row(1, 2);
UPDATE g SET g = (b, a);
UPDATE g SET g = upper(b);
UPDATE g SET a = upper(b);
UPDATE g SET k = ARRAY[b];
UPDATE g SET v = a;
UPDATE g SET a = (SELECT max(b) FROM g);
# Anything becomes text as it is written.
INSERT INTO g (b) SELECT '[1,2]'::vector;
INSERT INTO g (b) SELECT row(1, NULL, 'x y', ARRAY[1, 2]);
INSERT INTO g (b) SELECT '{"a":1}'::jsonb;
UPDATE g SET b = (a, i) WHERE a = 1;
SELECT a, b, d FROM g ORDER BY id;
# DEFAULT stands in any of the rows.
DELETE FROM g;
INSERT INTO g (a, b) VALUES (1, DEFAULT), (2, 'x'), (DEFAULT, length('abc')), (4, DEFAULT) RETURNING a, b;
INSERT INTO g (a, b, c) VALUES (5, DEFAULT, DEFAULT), (length('abcdef'), DEFAULT, 1);
INSERT INTO g (id, a) VALUES (100, 7), (DEFAULT, 8), (101, length('x'));
INSERT INTO g VALUES (DEFAULT), (DEFAULT);
SELECT a, b, c, d FROM g ORDER BY id;
DROP TABLE g;
---
CREATE TABLE
INSERT 0 4
INSERT 0 7
INSERT 0 3
INSERT 0 3
ERROR 42804: column "g" is of type jsonb but expression is of type integer at 27
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "g" is of type jsonb but expression is of type text at 27
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type text at 32
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type timestamp with time zone at 50
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "d" is of type date but expression is of type integer at 27
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "g" is of type jsonb but expression is of type record
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "i" is of type boolean but expression is of type integer at 26
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "i" is of type boolean but expression is of type integer at 26
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type vector at 26
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type integer[] at 26
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "k" is of type integer[] but expression is of type integer at 26
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type text at 32
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "v" is of type vector but expression is of type text[] at 26
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "g" is of type jsonb but expression is of type record
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "g" is of type jsonb but expression is of type record
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "g" is of type jsonb but expression is of type text at 18
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type text at 18
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "k" is of type integer[] but expression is of type text[] at 18
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "v" is of type vector but expression is of type integer at 18
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "a" is of type integer but expression is of type text
HINT: You will need to rewrite or cast the expression.
INSERT 0 1
INSERT 0 1
INSERT 0 1
UPDATE 1
1 | (1,) | 2020-02-02
2 | dd | 2020-02-02
3 | dd | 2020-02-02
99 | dd | 2020-02-02
NULL | 1 | 2020-02-02
NULL | 2020-01-01 | 2020-02-02
NULL | true | 2020-02-02
NULL | 1.50 | 2020-02-02
NULL | {1,2} | 2020-02-02
NULL | \x01 | 2020-02-02
NULL | q | 2020-02-02
NULL | dd | 2020-01-01
NULL | dd | 2020-01-02
NULL | dd | NULL
NULL | 3 | 2020-02-02
NULL | 1 mon | 2020-02-02
NULL | qr | 2020-02-02
NULL | [1,2] | 2020-02-02
NULL | (1,,"x y","{1,2}") | 2020-02-02
NULL | {"a": 1} | 2020-02-02
DELETE 20
1 | dd
2 | x
NULL | 3
4 | dd
INSERT 0 4
INSERT 0 2
INSERT 0 3
INSERT 0 2
1 | dd | NULL | 2020-02-02
2 | x | NULL | 2020-02-02
NULL | 3 | NULL | 2020-02-02
4 | dd | NULL | 2020-02-02
5 | dd | NULL | 2020-02-02
6 | dd | 1 | 2020-02-02
8 | dd | NULL | 2020-02-02
NULL | dd | NULL | 2020-02-02
NULL | dd | NULL | 2020-02-02
7 | dd | NULL | 2020-02-02
1 | dd | NULL | 2020-02-02
DROP TABLE
