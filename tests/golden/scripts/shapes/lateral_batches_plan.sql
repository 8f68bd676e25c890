# EXPLAIN tells which laterals are k-NN joins, and whether all rows before them are one search.
CREATE TABLE lp_items (id int PRIMARY KEY, kind int, vec vector(2));
EXPLAIN SELECT a.id, s.id FROM lp_items a, LATERAL (SELECT id FROM lp_items ORDER BY vec <-> a.vec LIMIT 2) s;
EXPLAIN SELECT a.id, s.id FROM lp_items a, LATERAL (SELECT id FROM lp_items b WHERE b.kind = a.kind ORDER BY vec <-> a.vec LIMIT 2) s;
EXPLAIN SELECT a.id, s.id FROM lp_items a, LATERAL (SELECT id FROM lp_items b ORDER BY vec <-> a.vec, id LIMIT 2) s;
EXPLAIN SELECT q.n, s.id FROM unnest('{"[0,0]"}'::vector(2)[]) WITH ORDINALITY AS q(v, n), LATERAL (SELECT id FROM lp_items ORDER BY vec <-> q.v LIMIT 2) s;
EXPLAIN SELECT a.id, s.m FROM lp_items a, LATERAL (SELECT max(id) AS m FROM lp_items b WHERE b.id < a.id) s;
DROP TABLE lp_items;
---
CREATE TABLE
Relational (DuckDB)
  k-NN Join: lp_items, one search for all rows
Relational (DuckDB)
  k-NN Join: lp_items, one search for all rows with equal conditions
Relational (DuckDB)
  k-NN Join: lp_items, one search for each row
Relational (DuckDB)
  k-NN Join: lp_items, one search for all rows
Relational (DuckDB)
  Not by Tuples: a search for each row
DROP TABLE
