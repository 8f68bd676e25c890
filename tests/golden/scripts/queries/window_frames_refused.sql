# Numerics that have more digits than an offset is added to, and days where they differ in length.
CREATE TABLE wfr (u numeric, z timestamptz);
INSERT INTO wfr VALUES (0.1234567890123456789012, '2020-01-01 10:00+00');
SELECT sum(u) OVER (ORDER BY u RANGE 1 PRECEDING) FROM wfr;
SET timezone = 'Europe/Berlin';
SELECT sum(u) OVER (ORDER BY z RANGE '1 day' PRECEDING) FROM wfr;
SELECT sum(u) OVER (ORDER BY z AT TIME ZONE 'UTC' RANGE '1 day' PRECEDING) FROM wfr;
RESET timezone;
---
CREATE TABLE
INSERT 0 1
ERROR 0A000: RANGE with an offset over numeric of more than 19 digits before the point, or 18 behind it, is not supported yet
SET
ERROR 0A000: RANGE with an offset over timestamps with a time zone is supported in UTC alone
HINT: Order by the timestamp that AT TIME ZONE gives.
0.1234567890123456789012
RESET
