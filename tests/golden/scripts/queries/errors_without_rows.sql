# What is wrong with a statement is wrong whether there are rows or not.
CREATE TABLE em (id int PRIMARY KEY, t time, d date, b text, a int[], i interval);
SELECT * FROM em WHERE nosuch(id);
SELECT * FROM em WHERE upper(id) = 'x';
SELECT * FROM em WHERE t = d;
SELECT * FROM em WHERE b ->> 'a' = 'x';
SELECT * FROM em WHERE length(b);
SELECT * FROM em WHERE length(nope) = 1;
SELECT * FROM em WHERE b = ANY (a);
UPDATE em SET b = nosuch(id);
UPDATE em SET b = 'x' WHERE abs(b) = 1;
UPDATE em SET id = upper(id);
DELETE FROM em WHERE length(b);
DELETE FROM em WHERE EXISTS (SELECT 1 FROM nosuch);
INSERT INTO em (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET b = nosuch(em.b);
# A comparison of two types may be one of what they become.
SELECT * FROM em WHERE t >= i;
SELECT pg_input_is_valid('1', 'int'), pg_input_is_valid('x', 'int'), pg_input_is_valid('abcd', 'varchar(3)'), pg_input_is_valid('2020-02-30', 'date');
DROP TABLE em;
---
CREATE TABLE
ERROR 42883: function nosuch(integer) does not exist at 24
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function upper(integer) does not exist at 24
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: time = date at 26
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: text ->> unknown at 26
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42804: argument of WHERE must be type boolean, not type integer at 24
ERROR 42703: column "nope" does not exist at 31
ERROR 42883: operator does not exist: text = integer at 26
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function nosuch(integer) does not exist at 19
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function abs(text) does not exist at 29
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function upper(integer) does not exist at 20
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42804: argument of WHERE must be type boolean, not type integer at 22
ERROR 42P01: relation "nosuch" does not exist at 44
ERROR 42883: function nosuch(text) does not exist at 67
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
(no rows)
t | f | f | f
DROP TABLE
