# Literals and parameters of no type in INSERT ... SELECT are of the types of the columns that take them.
CREATE TABLE iu (id int PRIMARY KEY, n numeric(6,2), c date, v varchar(3), e int[], j jsonb);
INSERT INTO iu SELECT '1', '1.567', '2020-01-01', 'abc', '{1,2}', '{"a":1}';
INSERT INTO iu SELECT g, '2', '2020-01-02', 'abc', '{1,2}', '{"a":1}' FROM generate_series(2, 3) AS g;
INSERT INTO iu (id, c) SELECT '4', c FROM iu ORDER BY id DESC LIMIT 1;
INSERT INTO iu (id, c) WITH x AS (SELECT 1) SELECT 5, '2020-01-03';
SELECT * FROM iu ORDER BY id;
INSERT INTO iu (id, n) SELECT 9, 'zz';
INSERT INTO iu (id, c) SELECT 9, '2020-13-01';
INSERT INTO iu (id, j) SELECT g, '{bad' FROM generate_series(9, 10) AS g;
INSERT INTO iu (id, v) SELECT 9, 'abcdef';
PREPARE iu_p AS INSERT INTO iu (id, c) SELECT $1, $2;
EXECUTE iu_p('6', '2020-02-02');
PREPARE iu_q AS INSERT INTO iu (id, c) SELECT $1, $2 FROM iu WHERE id = $1;
SELECT id, c FROM iu WHERE id > 4 ORDER BY id;
DEALLOCATE ALL;
DROP TABLE iu;
---
CREATE TABLE
INSERT 0 1
INSERT 0 2
INSERT 0 1
INSERT 0 1
1 | 1.57 | 2020-01-01 | abc | {1,2} | {"a": 1}
2 | 2.00 | 2020-01-02 | abc | {1,2} | {"a": 1}
3 | 2.00 | 2020-01-02 | abc | {1,2} | {"a": 1}
4 | NULL | 2020-01-02 | NULL | NULL | NULL
5 | NULL | 2020-01-03 | NULL | NULL | NULL
ERROR 22P02: invalid input syntax for type numeric: "zz" at 34
ERROR 22008: date/time field value out of range: "2020-13-01" at 34
HINT: Perhaps you need a different "DateStyle" setting.
ERROR 22P02: invalid input syntax for type json at 34
DETAIL: Token "bad" is invalid.
ERROR 22001: value too long for type character varying(3)
PREPARE
INSERT 0 1
PREPARE
5 | 2020-01-03
6 | 2020-02-02
DEALLOCATE ALL
DROP TABLE

# They are texts where rows are sorted or told apart by them, in set operations and sub-queries.
CREATE TABLE iu (id int PRIMARY KEY, c date);
INSERT INTO iu (id, c) SELECT DISTINCT 11, '2020-01-01';
INSERT INTO iu (id, c) SELECT 12, '2020-01-01' ORDER BY 2;
INSERT INTO iu (id, c) SELECT 13, '2020-01-01' UNION SELECT 14, '2020-01-02';
INSERT INTO iu SELECT * FROM (SELECT 15, '2020-01-01') AS x;
INSERT INTO iu (id, c) SELECT 16, max('2020-01-01');
PREPARE iu_p AS INSERT INTO iu (id, c) SELECT DISTINCT $1, $2;
SELECT * FROM iu;
DROP TABLE iu;
---
CREATE TABLE
ERROR 42804: column "c" is of type date but expression is of type text at 44
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "c" is of type date but expression is of type text at 35
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "c" is of type date but expression is of type text at 35
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "c" is of type date but expression is of type text at 23
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "c" is of type date but expression is of type text at 35
HINT: You will need to rewrite or cast the expression.
ERROR 42804: column "id" is of type integer but expression is of type text at 56
HINT: You will need to rewrite or cast the expression.
(no rows)
DROP TABLE
