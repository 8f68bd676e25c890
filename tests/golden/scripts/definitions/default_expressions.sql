# A default is looked at where a table is made: what it may not hold, what does not exist and what is of no use to its column is refused there.
CREATE TABLE default_of (b int, a int DEFAULT b);
CREATE TABLE default_of (a int DEFAULT nowhere(1));
CREATE TABLE default_of (a int DEFAULT 'x');
CREATE TABLE default_of (a int DEFAULT now());
CREATE TABLE default_of (a int DEFAULT generate_series(1, 3));
CREATE TABLE default_of (a int DEFAULT sum(1));
CREATE TABLE default_of (a date DEFAULT 'nope');
CREATE TEMPORARY TABLE default_of (a text DEFAULT read_text('/etc/passwd'));
CREATE TABLE default_of (a int DEFAULT 1.6, b text DEFAULT 1, d text[] DEFAULT '{}', e numeric(3, 1) DEFAULT 12.34);
CREATE TABLE IF NOT EXISTS default_of (a int DEFAULT nowhere(1));
INSERT INTO default_of DEFAULT VALUES RETURNING a, b, d, e;
---
ERROR 0A000: cannot use column reference in DEFAULT expression at 47
ERROR 42883: function nowhere(integer) does not exist at 40
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 22P02: invalid input syntax for type integer: "x" at 40
ERROR 42804: column "a" is of type integer but default expression is of type timestamp with time zone
HINT: You will need to rewrite or cast the expression.
ERROR 0A000: set-returning functions are not allowed in DEFAULT expressions at 40
ERROR 42803: aggregate functions are not allowed in DEFAULT expressions at 40
ERROR 22007: invalid input syntax for type date: "nope" at 41
ERROR 42883: function read_text(unknown) does not exist at 51
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
CREATE TABLE
CREATE TABLE
2 | 1 | {} | 12.3
INSERT 0 1
