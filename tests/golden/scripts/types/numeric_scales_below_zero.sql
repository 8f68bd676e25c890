-- numeric(p, s) of a scale below zero rounds to the left of the point: as types of values, columns and arrays.
SELECT 12345678::numeric(10,-3), 1499::numeric(2,-3), '-1501'::numeric(2,-3), 5::decimal(3,-1);
SELECT 12345678::numeric(3,-3);
SELECT 1::numeric(1,-1001);
SELECT 5::numeric(-2);
CREATE TABLE rounded (a numeric(3,-2) DEFAULT 12345, b numeric(2,4), c numeric(3,-2)[]);
INSERT INTO rounded (b, c) VALUES (0.00123, '{12345, 49}');
INSERT INTO rounded (a) VALUES (1234567);
SELECT a, b, c, a + 1 AS more FROM rounded;
SELECT format_type(atttypid, atttypmod), atttypmod FROM pg_attribute
    WHERE attrelid = 'rounded'::regclass AND attnum > 0 ORDER BY attnum;
SELECT now()::timestamptz(-1);
---
12346000 | 1000 | -2000 | 10
ERROR 22003: numeric field overflow
DETAIL: A field with precision 3, scale -3 must round to an absolute value less than 10^6.
ERROR 22023: NUMERIC scale -1001 must be between -1000 and 1000 at 11
ERROR 22023: NUMERIC precision -2 must be between 1 and 1000 at 11
CREATE TABLE
INSERT 0 1
ERROR 22003: numeric field overflow
DETAIL: A field with precision 3, scale -2 must round to an absolute value less than 10^5.
12300 | 0.0012 | {12300,0} | 12301
numeric(3,-2) | 198658
numeric(2,4) | 131080
numeric(3,-2)[] | 198658
ERROR 22023: TIMESTAMPTZ(-1) precision must not be negative at 15
