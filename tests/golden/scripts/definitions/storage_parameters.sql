# What PostgreSQL's storage is told of tables and indexes is taken within its bounds, and forms of calls are indexed without brackets.
CREATE TABLE stored (id int PRIMARY KEY, j jsonb, at timestamp, n text) WITH (fillfactor = 70, autovacuum_enabled = off);
CREATE TABLE refused (id int) WITH (fillfactor = 7);
CREATE TABLE refused (id int) WITH (nonsense = 7);
ALTER TABLE stored SET (fillfactor = 100, parallel_workers = 4);
ALTER TABLE stored RESET (fillfactor);
CREATE INDEX s_a ON stored USING btree (CAST(j ->> 'topic' AS text));
CREATE INDEX s_b ON stored (EXTRACT(year FROM at) DESC, trim(BOTH ' ' FROM n)) WITH (fillfactor = 80);
CREATE INDEX s_c ON stored (n) WITH (fillfactor = 5);
INSERT INTO stored VALUES (1, '{"topic": "x"}', '2020-02-02', ' a'), (2, '{"topic": "y"}', '2021-02-02', 'b ');
SELECT id FROM stored WHERE CAST(j ->> 'topic' AS text) = 'y';
SELECT id FROM stored WHERE extract(year FROM at) < 2021;
SELECT indexname FROM pg_indexes WHERE tablename = 'stored' ORDER BY 1;
DROP TABLE stored;
---
CREATE TABLE
ERROR 22023: value 7 out of bounds for option "fillfactor"
DETAIL: Valid values are between "10" and "100".
ERROR 22023: unrecognized parameter "nonsense"
ALTER TABLE
ALTER TABLE
CREATE INDEX
CREATE INDEX
ERROR 22023: value 5 out of bounds for option "fillfactor"
DETAIL: Valid values are between "10" and "100".
INSERT 0 2
2
1
s_a, s_b, stored_pkey
DROP TABLE
