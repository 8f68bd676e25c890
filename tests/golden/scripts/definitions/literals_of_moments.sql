# Literals of defaults, checks, views and index conditions are read once, when they are defined, whatever sessions say later.
SET timezone = 'Europe/Rome';
SET datestyle = 'ISO, DMY';
CREATE TABLE m (id int PRIMARY KEY, z timestamptz DEFAULT '2020-06-01 12:00', d date DEFAULT '02/03/2020', e timestamptz DEFAULT coalesce(NULL, timestamptz '2020-06-01 12:00'), CHECK (z > '2020-01-01'));
ALTER TABLE m ADD COLUMN a timestamptz DEFAULT '2020-06-01 08:00', ADD CHECK (d < '13/12/2020'), ALTER COLUMN e SET DEFAULT timestamptz '2020-06-01 13:00';
CREATE VIEW vm AS SELECT id, z < '2020-06-01 11:00' AS before, timestamptz '2020-06-01 11:00' AS c, 'it''s', '05/04/2020'::date AS april, array['2020-06-01 00:00'::timestamptz] FROM m;
CREATE UNIQUE INDEX ON m (z) WHERE z > '2020-06-01 11:30';
CREATE VIEW days AS SELECT 'today'::date <= current_date AS t, 'now'::timestamptz < clock_timestamp() AS n, date '2020-05-04' AS plain;
INSERT INTO m (id, z) VALUES (1, '2020-06-01 08:30+00');
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
INSERT INTO m (id) VALUES (2);
INSERT INTO m (id, z) VALUES (3, '2019-12-31 23:30');
INSERT INTO m (id, d) VALUES (4, '2020-12-13');
INSERT INTO m (id, z) VALUES (5, '2020-06-01 10:00+00');
INSERT INTO m (id, z) VALUES (6, '2020-06-01 08:30+00');
SELECT * FROM m ORDER BY id;
SELECT * FROM vm ORDER BY id;
SELECT * FROM days;
SELECT count(*) FROM m WHERE z > '2020-06-01 09:30';
---
SET
SET
CREATE TABLE
ALTER TABLE
CREATE VIEW
CREATE INDEX
CREATE VIEW
INSERT 0 1
SET
SET
INSERT 0 1
INSERT 0 1
ERROR 23514: new row for relation "m" violates check constraint "m_d_check"
DETAIL: Failing row contains (4, 2020-06-01 10:00:00+00, 2020-12-13, 2020-06-01 11:00:00+00, 2020-06-01 06:00:00+00).
ERROR 23505: duplicate key value violates unique constraint "m_z_idx"
DETAIL: Key (z)=(2020-06-01 10:00:00+00) already exists.
INSERT 0 1
1 | 2020-06-01 08:30:00+00 | 2020-03-02 | 2020-06-01 11:00:00+00 | 2020-06-01 06:00:00+00
2 | 2020-06-01 10:00:00+00 | 2020-03-02 | 2020-06-01 11:00:00+00 | 2020-06-01 06:00:00+00
3 | 2019-12-31 23:30:00+00 | 2020-03-02 | 2020-06-01 11:00:00+00 | 2020-06-01 06:00:00+00
6 | 2020-06-01 08:30:00+00 | 2020-03-02 | 2020-06-01 11:00:00+00 | 2020-06-01 06:00:00+00
1 | t | 2020-06-01 09:00:00+00 | it's | 2020-04-05 | {"2020-05-31 22:00:00+00"}
2 | f | 2020-06-01 09:00:00+00 | it's | 2020-04-05 | {"2020-05-31 22:00:00+00"}
3 | t | 2020-06-01 09:00:00+00 | it's | 2020-04-05 | {"2020-05-31 22:00:00+00"}
6 | t | 2020-06-01 09:00:00+00 | it's | 2020-04-05 | {"2020-05-31 22:00:00+00"}
t | t | 2020-05-04
1
