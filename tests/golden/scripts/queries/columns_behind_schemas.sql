# A column may be named behind its table's schema in every part of a statement.
CREATE SCHEMA cbs;
CREATE TABLE cbs.m (id int PRIMARY KEY, u text, topics jsonb);
INSERT INTO cbs.m VALUES (1, 'u', '["a"]'), (2, 'v', '["b"]');
SELECT cbs.m.id FROM cbs.m WHERE cbs.m.u = 'u' AND CAST(cbs.m.topics AS varchar) LIKE '%"a"%';
SELECT cbs.m.id, upper(cbs.m.u) FROM cbs.m WHERE cbs.m.u || 'x' <> 'ux' ORDER BY upper(cbs.m.u);
SELECT cbs.m.id FROM cbs.m WHERE cbs.m.topics ? 'b' AND cbs.m.id = 2;
SELECT cbs.m.id FROM cbs.m WHERE NOT (lower(cbs.m.u) = 'v') FOR UPDATE;
SELECT cbs.m.id FROM cbs.m AS o WHERE lower(cbs.m.u) = 'v';
UPDATE cbs.m SET u = lower(cbs.m.u) || 'z' WHERE lower(cbs.m.u) = 'u' RETURNING cbs.m.u, upper(cbs.m.u);
INSERT INTO cbs.m VALUES (2, 'w') ON CONFLICT (id) DO UPDATE SET u = lower(cbs.m.u) || excluded.u WHERE lower(cbs.m.u) = 'v'
  RETURNING upper(cbs.m.u), cbs.m.xmax = 0;
DELETE FROM cbs.m WHERE lower(cbs.m.u) = 'uz' RETURNING cbs.m.u;
DROP SCHEMA cbs CASCADE;
---
CREATE SCHEMA
CREATE TABLE
INSERT 0 2
1
2 | V
2
1
ERROR 42P01: missing FROM-clause entry for table "m" at 8
uz | UZ
UPDATE 1
VW | f
INSERT 0 1
uz
DELETE 1
DROP SCHEMA
