# A literal that names nothing of the catalog is an error whether there are rows or not.
SELECT 'nope'::regclass WHERE false;
CREATE TABLE empty_one (a int);
SELECT 'nope'::regtype FROM empty_one;
SELECT 'nope'::regrole FROM empty_one WHERE a > 3;
SELECT CAST('nope' AS regnamespace) LIMIT 0;
SELECT 'empty_one'::regclass FROM empty_one;
SELECT 'nope'::text::regclass FROM empty_one;
---
ERROR 42P01: relation "nope" does not exist at 8
CREATE TABLE
ERROR 42704: type "nope" does not exist at 8
ERROR 42704: role "nope" does not exist at 8
ERROR 3F000: schema "nope" does not exist at 13
(no rows)
(no rows)
