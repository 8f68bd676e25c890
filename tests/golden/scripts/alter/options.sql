# SET and RESET of what a table is told WITH.
CREATE TABLE t (id int PRIMARY KEY) WITH (retention = '2 days');
ALTER TABLE t SET (recall = 0.9, retention = '3 days');
ALTER TABLE t SET (retention = 'sometimes');
ALTER TABLE t SET (nosuch = 1);
ALTER TABLE t RESET (retention, nosuch);
---
CREATE TABLE
ALTER TABLE
ERROR 22023: invalid retention "sometimes"
HINT: write e.g. '30 days', '12 hours' or 'forever'
ERROR 22023: unrecognized parameter "nosuch"
ALTER TABLE
