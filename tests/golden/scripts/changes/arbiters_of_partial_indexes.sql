# ON CONFLICT means a partial index where its WHERE implies that of the index, as far as their forms tell.
CREATE TABLE apx (id int, e text, active boolean, kind text, deleted timestamptz, n int);
CREATE UNIQUE INDEX apx_a ON apx (e) WHERE active;
INSERT INTO apx VALUES (1, 'a', true);
INSERT INTO apx VALUES (2, 'a', true) ON CONFLICT (e) WHERE active DO UPDATE SET id = 2 RETURNING id;
INSERT INTO apx VALUES (3, 'a', true) ON CONFLICT (e) WHERE active = true DO UPDATE SET id = 3 RETURNING id;
INSERT INTO apx VALUES (3, 'a', true) ON CONFLICT (e) WHERE true = apx.active AND n > 3 DO UPDATE SET id = 4 RETURNING id;
INSERT INTO apx VALUES (3, 'a', true) ON CONFLICT (e) DO NOTHING;
INSERT INTO apx VALUES (3, 'a', true) ON CONFLICT (e) WHERE NOT active DO NOTHING;
INSERT INTO apx VALUES (3, 'a', true) ON CONFLICT (e) WHERE active OR n = 1 DO NOTHING;
DROP INDEX apx_a;
CREATE UNIQUE INDEX apx_n ON apx (e) WHERE n > 10;
INSERT INTO apx (e, n) VALUES ('b', 11), ('c', 25);
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n > 10 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n > 20 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE 10.5 < n DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n = 11 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n BETWEEN 11 AND 12 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n IN (11, 12) DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n = 11 OR n > 30 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n >= 10 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n <> 3 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n < 20 DO NOTHING;
INSERT INTO apx (e, n) VALUES ('b', 12) ON CONFLICT (e) WHERE n = 11 OR n = 3 DO NOTHING;
DROP INDEX apx_n;
CREATE UNIQUE INDEX apx_k ON apx (e) WHERE kind IN ('x', 'y') AND deleted IS NULL;
INSERT INTO apx (e, kind) VALUES ('d', 'x');
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE kind = 'x' AND deleted IS NULL DO NOTHING;
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE deleted IS NULL AND kind IN ('y', 'x') DO NOTHING;
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE kind = 'z' AND deleted IS NULL DO NOTHING;
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE kind = 'x' DO NOTHING;
DROP INDEX apx_k;
CREATE UNIQUE INDEX apx_m ON apx (e) WHERE kind IS NOT NULL;
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE kind = 'q' DO NOTHING;
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE kind IS NULL DO NOTHING;
INSERT INTO apx (e, kind) VALUES ('d', 'x') ON CONFLICT (e) WHERE n > 4 DO NOTHING;
DROP TABLE apx;
---
CREATE TABLE
CREATE INDEX
INSERT 0 1
2
INSERT 0 1
3
INSERT 0 1
4
INSERT 0 1
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
DROP INDEX
CREATE INDEX
INSERT 0 2
INSERT 0 0
INSERT 0 0
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
INSERT 0 0
INSERT 0 0
INSERT 0 0
INSERT 0 0
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
DROP INDEX
CREATE INDEX
INSERT 0 1
INSERT 0 0
INSERT 0 0
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
DROP INDEX
CREATE INDEX
INSERT 0 0
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
DROP TABLE
