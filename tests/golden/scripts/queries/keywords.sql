# Keywords name what PostgreSQL lets them name, and stand without AS where it says so.
SELECT 1 select, 2 user, 3 desc, 4 end, 5 value, 6 name, 7 table;
SELECT CASE WHEN true THEN 1 END case, CASE WHEN true THEN 1 END end, user IS NULL user, true true, 1 and;
SELECT 1 year;
SELECT 1 day;
SELECT count(*) over FROM (VALUES (1)) t;
SELECT 1 filter;
SELECT 1 order;
SELECT 1 AS year, 2 "day", 3 AS over, 4 AS order;
SELECT year, day.year, left('abc', 1), day.left FROM (SELECT 1 AS year, 2 AS left) day;
SELECT left FROM (SELECT 1 AS left) t;
SELECT 1 FROM (SELECT 1) user;
SELECT 1 FROM (SELECT 1) AS left;
CREATE TABLE words (end int);
CREATE TABLE words (values int, between int, exists int, "end" int);
INSERT INTO words (values, between) VALUES (1, 2);
SELECT values, between, words.end FROM words;
CREATE TABLE user (a int);
ALTER TABLE words ADD user int;
ALTER TABLE words ADD PRIMARY keys;
SELECT * FROM pg_get_keywords() WHERE word IN ('day', 'int', 'left', 'select') ORDER BY word;
SELECT catcode, barelabel, count(*) FROM pg_get_keywords() GROUP BY 1, 2 ORDER BY 1, 2;
---
1 | 2 | 3 | 4 | 5 | 6 | 7
1 | 1 | f | t | 1
ERROR 42601: syntax error at or near "year" at 10
ERROR 42601: syntax error at or near "day" at 10
ERROR 42601: syntax error at or near "FROM" at 22
HINT: expected "(", a name
ERROR 42601: syntax error at or near "filter" at 10
ERROR 42601: syntax error at end of input at 15
1 | 2 | 3 | 4
1 | 1 | a | 2
ERROR 42601: syntax error at or near "FROM" at 13
HINT: expected "("
ERROR 42601: syntax error at or near "user" at 26
ERROR 42601: syntax error at or near "left" at 29
HINT: expected a name
ERROR 42601: syntax error at or near "end" at 21
HINT: expected ")", CHECK, CONSTRAINT, FOREIGN KEY, LIKE, PRIMARY KEY, UNIQUE, a name
CREATE TABLE
INSERT 0 1
1 | 2 | NULL
ERROR 42601: syntax error at or near "user" at 14
ERROR 42601: syntax error at or near "user" at 23
HINT: expected ")", CHECK, CONSTRAINT, FOREIGN KEY, LIKE, PRIMARY KEY, UNIQUE, a name
ERROR 42601: syntax error at or near "keys" at 31
HINT: expected ")", CHECK, CONSTRAINT, FOREIGN KEY, LIKE, PRIMARY KEY, UNIQUE, a name
day | U | f | unreserved | requires AS
int | C | t | unreserved (cannot be function or type name) | can be bare label
left | T | t | reserved (can be function or type name) | can be bare label
select | R | t | reserved | can be bare label
C | f | 3
C | t | 60
R | f | 22
R | t | 56
T | f | 3
T | t | 20
U | f | 11
U | t | 319
