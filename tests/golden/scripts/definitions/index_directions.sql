# The order that an index is declared with is kept, and shown as PostgreSQL shows it.
CREATE TABLE directed (id int PRIMARY KEY, n text, e vector(2));
CREATE INDEX d_a ON directed (n DESC, id);
CREATE INDEX d_b ON directed (lower(n) COLLATE "C" DESC NULLS LAST);
CREATE INDEX d_c ON directed (n NULLS FIRST);
CREATE INDEX d_d ON directed (n pg_catalog.text_pattern_ops ASC, (id + 1) DESC);
CREATE INDEX d_e ON directed USING hnsw (e public.vector_l2_ops);
CREATE INDEX d_f ON directed USING hnsw (e vector_l2_ops DESC);
CREATE INDEX d_g ON directed (id COLLATE "C");
SELECT pg_get_indexdef(indexrelid), indoption FROM pg_index WHERE indrelid = 'directed'::regclass ORDER BY 1;
INSERT INTO directed VALUES (1, 'b'), (2, 'a'), (3, NULL);
SELECT id FROM directed ORDER BY n DESC, id;
SELECT id FROM directed ORDER BY n NULLS FIRST;
DROP TABLE directed;
---
CREATE TABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 0A000: access method "hnsw" does not support ASC/DESC options
ERROR 42804: collations are not supported by type integer at 34
CREATE INDEX d_a ON public.directed USING btree (n DESC, id) | 3 0
CREATE INDEX d_b ON public.directed USING btree (lower(n) COLLATE "C" DESC NULLS LAST) | 1
CREATE INDEX d_c ON public.directed USING btree (n NULLS FIRST) | 2
CREATE INDEX d_d ON public.directed USING btree (n text_pattern_ops, ((id + 1)) DESC) | 0 3
CREATE INDEX d_e ON public.directed USING hnsw (e vector_l2_ops) | 0
CREATE UNIQUE INDEX directed_pkey ON public.directed USING btree (id) | 0
INSERT 0 3
3, 1, 2
3, 2, 1
DROP TABLE
