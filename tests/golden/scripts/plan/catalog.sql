# Postgres' catalog is relations like others, filled when they are asked for.
CREATE TABLE t (id int PRIMARY KEY);
[plan] SELECT relname, relkind FROM pg_class WHERE relname = 't';
[plan] SELECT column_name FROM information_schema.columns WHERE table_name = 't';
DROP TABLE t;
---
CREATE TABLE
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
t | r
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
id
DROP TABLE
