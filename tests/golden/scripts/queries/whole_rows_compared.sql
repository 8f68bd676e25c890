# A whole row of a table compares as a value, NULLs equal and last; written rows compare member by member.
CREATE TABLE wr (a int, b text);
INSERT INTO wr VALUES (1, 'a'), (2, 'b'), (NULL, 'c');
SELECT (wr.*) = (1, 'a') FROM wr;
SELECT wr = ROW(1, 'a') FROM wr;
SELECT s = (1, NULL) FROM (SELECT 1, NULL::int) s;
SELECT (wr.*) = ROW(1, 'a'::text), (wr.*) < (wr.*), wr <= wr, wr IS DISTINCT FROM wr, ROW(wr.*) = ROW(wr.*) FROM wr;
SELECT wr IN (SELECT wr FROM wr), wr = ANY (SELECT w FROM wr w), (a, b) IN (SELECT a, b FROM wr) FROM wr;
SELECT (wr.*) IN (SELECT wr.* FROM wr) FROM wr;
SELECT * FROM wr WHERE (wr.*) > ROW(1, 'a'::text);
SELECT s = s FROM (VALUES (1, NULL::int)) s;
SELECT ROW(1, NULL) > ROW(1, 'a'), ROW(1, NULL::text)::wr > ROW(1, 'a')::wr;
DROP TABLE wr;
---
CREATE TABLE
INSERT 0 3
ERROR 42804: cannot compare dissimilar column types text and unknown at record column 2
ERROR 42804: cannot compare dissimilar column types text and unknown at record column 2
ERROR 42804: cannot compare dissimilar column types integer and unknown at record column 2
t | f | t | f | t
f | f | t | f | t
f | f | t | f | NULL
t | t | t
t | t | t
t | t | NULL
ERROR 42601: subquery has too many columns at 15
2 | b
NULL | c
t
NULL | t
DROP TABLE
