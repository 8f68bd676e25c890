# Moments without a zone are read in the session's, whatever their type.
CREATE TABLE as_of_zones (id int);
INSERT INTO as_of_zones VALUES (1);
SELECT set_config('my.then', to_char(clock_timestamp() AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS.US'), false) IS NULL;
DELETE FROM as_of_zones;
SET timezone = 'Asia/Tokyo';
SELECT id FROM as_of_zones AS OF current_setting('my.then')::timestamp;
SELECT id FROM as_of_zones AS OF current_setting('my.then')::timestamptz;
SELECT (SELECT id FROM as_of_zones AS OF current_setting('my.then')::timestamp) FROM as_of_zones AS OF current_setting('my.then')::timestamp;
SELECT id FROM as_of_zones AS OF timestamp '2901-01-01';
BEGIN AS OF timestamp '2901-01-01';
RESET timezone;
DROP TABLE as_of_zones;
---
CREATE TABLE
INSERT 0 1
f
DELETE 1
SET
1
1
1
ERROR 22023: AS OF time is in the future
ERROR 22023: AS OF time is in the future
RESET
DROP TABLE
