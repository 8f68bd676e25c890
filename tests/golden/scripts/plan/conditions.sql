# Conditions that masks can test stay in the scan, whatever they are put together of.
CREATE TABLE t (id int PRIMARY KEY, brand text, price float8);
INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2), (3, NULL, 3), (4, 'xy', NULL);
[plan] SELECT id FROM t WHERE NOT (brand = 'x' OR price IS NULL) ORDER BY id;
[plan] SELECT id FROM t WHERE brand LIKE 'x%' AND price BETWEEN 0 AND 5;
[plan] SELECT id FROM t WHERE brand NOT IN ('x', 'z') ORDER BY id;
[plan] SELECT id FROM t WHERE 1 < price ORDER BY id;
[plan] SELECT id FROM t WHERE upper(brand) = 'XY';
DROP TABLE t;
---
CREATE TABLE
INSERT 0 4
> Seq Scan on t (rows=1)
>   Sort Key: id
>   Filter: (NOT ((brand = 'x') OR (price IS NULL)))
2
> Seq Scan on t (rows=1)
>   Filter: ((brand LIKE 'x%') AND (price >= 0) AND (price <= 5))
1
> Seq Scan on t (rows=1)
>   Sort Key: id
>   Filter: (NOT (brand IN ('x', 'z')))
2, 4
> Seq Scan on t (rows=1)
>   Sort Key: id
>   Filter: (price > 1)
2, 3
> Seq Scan on t (rows=1)
>   Filter by DuckDB: (upper(brand) = 'XY')
4
DROP TABLE
