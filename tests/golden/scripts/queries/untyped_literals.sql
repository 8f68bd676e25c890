# What a literal without a type is, beside values of a type.
create table tt(id int primary key, j jsonb, t time, b bit(4), ts timestamptz);
insert into tt values (1,'{"a":1,"ab":2}','10:00','1010','2020-01-01');
SELECT ('{"a": {"b": [true, null]}, "c": "d"}'::jsonb - 'ab') FROM tt;
select t + '-3 days' from tt;
select '0000'::bit, b <= '0110'::bit from tt;
select j - 'ab' from tt where j - 'a' = '{"ab":2}';
select '0110'::bit from tt;
update tt set t = t + '1 hour' where id = 1;
select t, ts + '1 day', ts - '1 day' from tt;
DROP TABLE tt;
---
CREATE TABLE
INSERT 0 1
{"a": {"b": [true, null]}, "c": "d"}
10:00:00
0 | f
{"a": 1}
0
UPDATE 1
ERROR 22007: invalid input syntax for type timestamp with time zone: "1 day" at 30
DROP TABLE

# A text is no vector, beside one neither.
CREATE TABLE words (id int PRIMARY KEY, v vector(2));
INSERT INTO words VALUES (1, '[1,2]');
SELECT id FROM words ORDER BY '[1,2]'::text <-> v LIMIT 1;
SELECT id FROM words ORDER BY v <-> '[1,2]' LIMIT 1;
SELECT l2_distance(v, '[1,2]'::text) FROM words;
---
CREATE TABLE
INSERT 0 1
ERROR 42883: operator does not exist: text <-> vector at 45
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
1
ERROR 42883: function l2_distance(vector, text) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
