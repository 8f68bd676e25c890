# Postgres' catalog is relations like others, filled when they are asked for.
CREATE TABLE t (id int PRIMARY KEY);
[plan] SELECT relname, relkind FROM pg_class WHERE relname = 't';
[plan] SELECT column_name FROM information_schema.columns WHERE table_name = 't';
DROP TABLE t;
---
CREATE TABLE
> Relational (DuckDB)
>   vector blocks inside are searched by their indexes
t | r
> Relational (DuckDB)
>   vector blocks inside are searched by their indexes
id
DROP TABLE
