CREATE TABLE items (id bigint PRIMARY KEY, brand text, price integer, vec vector(2), tags jsonb);
INSERT INTO items SELECT i, 'b' || (i % 500)::text, i % 100, '[1,2]', NULL FROM generate_series(1, 6000) AS g(i);
CREATE INDEX items_brand_idx ON items (brand);
CREATE INDEX ON items USING btree (price);
VACUUM items;
---
CREATE TABLE
INSERT 0 6000
CREATE INDEX
CREATE INDEX
VACUUM

SELECT index_name, method, family, rows FROM vql_indexes ORDER BY index_name;
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'items' ORDER BY indexname;
---
items_brand_idx | btree | btree | 6000
items_price_idx | btree | btree | 6000
items_brand_idx | CREATE INDEX items_brand_idx ON public.items USING btree (brand)
items_pkey | CREATE UNIQUE INDEX items_pkey ON public.items USING btree (id)
items_price_idx | CREATE INDEX items_price_idx ON public.items USING btree (price)

# The index with the fewest rows is taken; the rest is tested on them.
EXPLAIN ANALYZE SELECT id FROM items WHERE brand = 'b7' AND price > 3;
SELECT id FROM items WHERE brand = 'b7' AND price > 3 ORDER BY id LIMIT 3;
SELECT count(*) FROM items WHERE price BETWEEN 10 AND 12 AND brand IN ('b10', 'b11', 'nothing', NULL);
EXPLAIN ANALYZE SELECT id FROM items WHERE price BETWEEN 10 AND 12;
---
Seq Scan on items (rows=10) (actual time=N ms rows=12)
  Filter: ((brand = 'b7') AND (price > 3))
  Mask: btree index items_brand_idx on segment N (12 of 6,000 rows)
Execution Time: N ms
7, 507, 1007
24
Seq Scan on items (rows=667) (actual time=N ms rows=180)
  Filter: ((price >= 10) AND (price <= 12))
  Mask: btree index items_price_idx on segment N (180 of 6,000 rows)
Execution Time: N ms

# Many rows pass: the column is compared whole.
EXPLAIN ANALYZE SELECT id FROM items WHERE price < 50;
---
Seq Scan on items (rows=2000) (actual time=N ms rows=3000)
  Filter: (price < 50)
Execution Time: N ms

UPDATE items SET price = 1000 WHERE brand = 'b9';
DELETE FROM items WHERE price = 1000 AND id > 3000;
SELECT count(*), min(id), max(id) FROM items WHERE brand = 'b9';
---
UPDATE 12
DELETE 6
6 | 9 | 2509

# By several columns: one value of the first, then a range of the second.
CREATE INDEX by_both ON items (brand, price);
CREATE INDEX by_hash ON items USING hash (price);
EXPLAIN ANALYZE SELECT id FROM items WHERE brand = 'b7' AND price < 100 AND price >= 7;
EXPLAIN ANALYZE SELECT id FROM items WHERE price = 11;
EXPLAIN ANALYZE SELECT id FROM items WHERE brand LIKE 'b49_';
SELECT count(*) FROM items WHERE brand LIKE 'b49_' AND price = 91;
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'items' ORDER BY indexname;
DROP INDEX by_both, by_hash;
---
CREATE INDEX
CREATE INDEX
Seq Scan on items (rows=3) (actual time=N ms rows=12)
  Filter: ((brand = 'b7') AND (price < 100) AND (price >= 7))
  Mask: btree index items_brand_idx on segment N (12 of 6,000 rows)
Execution Time: N ms
Seq Scan on items (rows=30) (actual time=N ms rows=60)
  Filter: (price = 11)
  Mask: btree index items_price_idx on segment N (60 of 6,000 rows)
Execution Time: N ms
Seq Scan on items (rows=2004) (actual time=N ms rows=120)
  Filter: (brand LIKE 'b49_')
  Mask: btree index items_brand_idx on segment N (120 of 6,000 rows)
Execution Time: N ms
12
by_both | CREATE INDEX by_both ON public.items USING btree (brand, price)
by_hash | CREATE INDEX by_hash ON public.items USING hash (price)
items_brand_idx | CREATE INDEX items_brand_idx ON public.items USING btree (brand)
items_pkey | CREATE UNIQUE INDEX items_pkey ON public.items USING btree (id)
items_price_idx | CREATE INDEX items_price_idx ON public.items USING btree (price)
DROP INDEX

CREATE INDEX ON items USING hash (brand, price);
CREATE INDEX ON items (price, tags);
CREATE INDEX ON items USING auto (vec, price);
CREATE UNIQUE INDEX ON items (brand);
CREATE INDEX ON items (brand) WHERE price > 1;
CREATE INDEX ON items (lower(brand));
CREATE UNIQUE INDEX ON items USING hash (brand);
CREATE INDEX ON items USING bitmap (brand);
CREATE INDEX ON items USING btree (vec);
CREATE INDEX ON items (tags);
CREATE INDEX ON items USING nothing (brand);
CREATE INDEX ON items (brand) WITH (m = 3);
---
ERROR 0A000: access method "hash" does not support multicolumn indexes
ERROR 42704: data type jsonb has no default operator class for access method "btree"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 0A000: access method "auto" does not support multicolumn indexes
ERROR 23505: could not create unique index "items_brand_idx1"
DETAIL: Key (brand)=(b1) is duplicated.
CREATE INDEX
CREATE INDEX
ERROR 0A000: access method "hash" does not support unique indexes
ERROR 0A000: access method "bitmap" is not supported yet
ERROR 42704: data type vector has no default operator class for access method "btree"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42704: data type jsonb has no default operator class for access method "btree"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42704: access method "nothing" does not exist
ERROR 22023: unrecognized parameter "m"

DROP INDEX items_brand_idx;
EXPLAIN ANALYZE SELECT id FROM items WHERE brand = 'b7' AND price > 3;
DROP TABLE items;
---
DROP INDEX
Seq Scan on items (rows=20) (actual time=N ms rows=12)
  Filter: ((brand = 'b7') AND (price > 3))
Execution Time: N ms
DROP TABLE
