# A sequence is a relation of one row.
CREATE SEQUENCE sr_s AS integer START 7 INCREMENT 3;
SELECT last_value, is_called FROM sr_s;
SELECT nextval('sr_s'), nextval('sr_s');
SELECT last_value, is_called, tableoid::regclass FROM sr_s;
SELECT s.last_value + 1 AS next FROM sr_s s WHERE is_called;
SELECT sequencename, data_type, start_value, min_value, max_value, increment_by, cycle, cache_size, last_value FROM pg_sequences WHERE sequencename = 'sr_s';
SELECT attname, atttypid::regtype, attnum, attnotnull FROM pg_attribute WHERE attrelid = 'sr_s'::regclass AND attnum > 0 ORDER BY attnum;
SELECT nothing FROM sr_s;
ALTER TABLE sr_s RENAME TO sr_r;
SELECT last_value FROM sr_r;
DROP SEQUENCE sr_r;
---
CREATE SEQUENCE
7 | f
7 | 10
10 | t | sr_s
11
sr_s | integer | 7 | 1 | 2147483647 | 3 | f | 1 | 10
last_value | bigint | 1 | t
log_cnt | bigint | 2 | t
is_called | boolean | 3 | t
ERROR 42703: column "nothing" does not exist at 8
ALTER TABLE
10
DROP SEQUENCE
