# A query without a table needs none of the storage.
[plan] SELECT 1 AS one, 'x';
[plan] VALUES (1, 'a'), (2, 'b');
[plan] SELECT i FROM generate_series(1, 3) AS g(i);
---
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1 | x
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1 | a
2 | b
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1, 2, 3
