# Each value of VALUES becomes what its column is by itself: rows of several types have no type in common.
CREATE TABLE g (id serial, a int, b text DEFAULT 'dd', c numeric, d date DEFAULT '2020-02-02', i boolean, g jsonb, k int[], v vector(2));
INSERT INTO g (a) VALUES (1), ('2'), (2.5), (99.4::float8);
INSERT INTO g (b) VALUES (1), (date '2020-01-01'), (true), (1.50), (ARRAY[1, 2]), ('\x01'::bytea), ('q');
INSERT INTO g (d) VALUES ('2020-01-01'), (timestamp '2020-01-02 10:00'), (NULL);
INSERT INTO g (b) VALUES (length('abc')), (interval '1 mon'), ('q' || 'r');
---
CREATE TABLE
INSERT 0 4
INSERT 0 7
INSERT 0 3
INSERT 0 3
