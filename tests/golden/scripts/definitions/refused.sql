# A definition that is refused leaves no trace.
CREATE TABLE t (id int PRIMARY KEY);
[ops] CREATE TABLE t (id int);
[ops] CREATE TABLE u (id int, id int);
[ops] CREATE TABLE u (vec vector(20000));
[ops] CREATE INDEX ON t (nope);
[ops] DROP TABLE u;
DROP TABLE t;
---
CREATE TABLE
ERROR 42P07: relation "t" already exists
> nothing written
ERROR 42701: column "id" specified more than once
> nothing written
ERROR 22023: dimensions for type vector cannot exceed 16000 at 21
> nothing written
ERROR 42703: column "nope" does not exist
> nothing written
ERROR 42P01: table "u" does not exist
> nothing written
DROP TABLE
