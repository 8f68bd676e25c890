# Postgres' catalog is relations like others, filled when they are asked for.
CREATE TABLE t (id int PRIMARY KEY);
[plan] SELECT relname, relkind FROM pg_class WHERE relname = 't';
[plan] SELECT column_name FROM information_schema.columns WHERE table_name = 't';
DROP TABLE t;
---
CREATE TABLE
> Relational (DuckDB)
>   Not by Tuples: a relation of the catalog
t | r
> Relational (DuckDB)
>   Not by Tuples: a relation of the catalog
id
DROP TABLE
