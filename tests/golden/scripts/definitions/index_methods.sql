# Access methods of PostgreSQL: lists of elements by gin; brin and hash are kept as btree.
CREATE TABLE g(id int, j jsonb, tags text[], n int[], name text, ts timestamptz, d json);
INSERT INTO g SELECT i, jsonb_build_object('a', i % 3, 'k' || i, i), ARRAY['x' || i % 4, 'y'], ARRAY[i % 5, i], 'n' || i, now() FROM generate_series(1, 20) i;
CREATE INDEX ON g USING gin (j);
CREATE INDEX ON g USING gin (j jsonb_path_ops);
CREATE INDEX ON g USING gin (j jsonb_ops);
CREATE INDEX ON g USING gin (tags);
CREATE INDEX ON g USING gin (n);
CREATE INDEX ON g USING gin (name);
CREATE INDEX ON g USING gin (name gin_trgm_ops);
CREATE INDEX ON g USING gin (d);
CREATE INDEX ON g USING gin ((j -> 'a'));
CREATE INDEX ON g USING gin ((j -> 'b') jsonb_path_ops) WHERE id > 3;
CREATE INDEX ON g USING brin (ts);
CREATE INDEX ON g USING brin (ts, id);
CREATE INDEX ON g USING hash (name);
CREATE UNIQUE INDEX ON g USING hash (id);
CREATE UNIQUE INDEX ON g USING gin (tags);
SELECT id FROM g WHERE j @> '{"a": 1}' ORDER BY id;
SELECT id FROM g WHERE tags && ARRAY['x1','x2'] ORDER BY id;
SELECT id FROM g WHERE 'y' = ANY(tags) AND n @> ARRAY[3] ORDER BY id;
SELECT id FROM g WHERE (j -> 'a') @> '2' ORDER BY id;
SELECT indexdef FROM pg_indexes WHERE tablename = 'g' ORDER BY indexname;
SELECT amname FROM pg_am WHERE amname in ('gin','brin','hash','btree') ORDER BY 1;
CREATE INDEX ON g USING nope (id);
DROP TABLE g;
---
CREATE TABLE
INSERT 0 20
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42704: data type text has no default operator class for access method "gin"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42704: operator class "gin_trgm_ops" does not exist for access method "gin"
ERROR 42704: data type json has no default operator class for access method "gin"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 0A000: access method "hash" does not support unique indexes
ERROR 0A000: access method "gin" does not support unique indexes
1, 4, 7, 10, 13, 16, 19
1, 2, 5, 6, 9, 10, 13, 14, 17, 18
3, 8, 13, 18
2, 5, 8, 11, 14, 17, 20
CREATE INDEX g_expr_idx ON public.g USING gin (((j -> 'a'))), CREATE INDEX g_expr_idx1 ON public.g USING gin (((j -> 'b')) jsonb_path_ops) WHERE (id > 3), CREATE INDEX g_j_idx ON public.g USING gin (j), CREATE INDEX g_j_idx1 ON public.g USING gin (j jsonb_path_ops), CREATE INDEX g_j_idx2 ON public.g USING gin (j), CREATE INDEX g_n_idx ON public.g USING gin (n), CREATE INDEX g_name_idx ON public.g USING hash (name), CREATE INDEX g_tags_idx ON public.g USING gin (tags), CREATE INDEX g_ts_id_idx ON public.g USING brin (ts, id), CREATE INDEX g_ts_idx ON public.g USING brin (ts)
brin, btree, gin, hash
ERROR 42704: access method "nope" does not exist
DROP TABLE
