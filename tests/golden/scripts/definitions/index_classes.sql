-- pg_index.indclass names the operator class of each column of an index, as those who read a schema back look it up.
CREATE TYPE icl_kind AS ENUM ('a', 'b');
CREATE TABLE icl (
  id bigint PRIMARY KEY, e vector(3), h halfvec(3), s sparsevec(3), z bit(3), v varchar(5), c char(3), a int[], k icl_kind,
  u uuid, r int4range, ts timestamptz, n numeric, j jsonb, b boolean, t text UNIQUE, f float8, d date, net cidr);
CREATE INDEX icl_e ON icl USING hnsw (e vector_cosine_ops);
CREATE INDEX icl_h ON icl USING hnsw (h halfvec_ip_ops);
CREATE INDEX icl_s ON icl USING hnsw (s sparsevec_l1_ops);
CREATE INDEX icl_z ON icl USING hnsw (z bit_jaccard_ops);
CREATE INDEX icl_btree ON icl (v, c, a, k, u, r, ts, n, b, f, d, net);
CREATE INDEX icl_lower ON icl (lower(t));
CREATE INDEX icl_gin ON icl USING gin (a);
CREATE INDEX icl_path ON icl USING gin (j jsonb_path_ops);
CREATE INDEX icl_json ON icl USING gin (j);
CREATE INDEX icl_hash ON icl USING hash (u);
CREATE INDEX icl_brin ON icl USING brin (ts, id);
SELECT c.relname, k.place, o.opcname, o.opcdefault, o.opcmethod = c.relam AS of_method
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
  CROSS JOIN LATERAL unnest(i.indclass) WITH ORDINALITY AS k(class, place)
  LEFT JOIN pg_opclass AS o ON o.oid = k.class
  WHERE i.indrelid = 'icl'::regclass ORDER BY c.relname, k.place;
---
CREATE TYPE
CREATE TABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
icl_brin | 1 | timestamptz_minmax_ops | t | t
icl_brin | 2 | int8_minmax_ops | t | t
icl_btree | 1 | text_ops | t | t
icl_btree | 2 | bpchar_ops | t | t
icl_btree | 3 | array_ops | t | t
icl_btree | 4 | enum_ops | t | t
icl_btree | 5 | uuid_ops | t | t
icl_btree | 6 | range_ops | t | t
icl_btree | 7 | timestamptz_ops | t | t
icl_btree | 8 | numeric_ops | t | t
icl_btree | 9 | bool_ops | t | t
icl_btree | 10 | float8_ops | t | t
icl_btree | 11 | date_ops | t | t
icl_btree | 12 | inet_ops | t | t
icl_e | 1 | vector_cosine_ops | f | t
icl_gin | 1 | array_ops | t | t
icl_h | 1 | halfvec_ip_ops | f | t
icl_hash | 1 | uuid_ops | t | t
icl_json | 1 | jsonb_ops | t | t
icl_lower | 1 | text_ops | t | t
icl_path | 1 | jsonb_path_ops | f | t
icl_pkey | 1 | int8_ops | t | t
icl_s | 1 | sparsevec_l1_ops | f | t
icl_t_key | 1 | text_ops | t | t
icl_z | 1 | bit_jaccard_ops | f | t
