SHOW vql.recall;
SET vql.recall = 0.99;
SHOW vql.recall;
SET vql.recall = 2;
RESET vql.recall;
SHOW vql.recall;
SHOW hnsw.ef_search;
SET hnsw.ef_search = 100;
SHOW hnsw.ef_search;
RESET hnsw.ef_search;
SHOW server_version;
SHOW TimeZone;
---
0.95
SET
0.99
ERROR 22023: 2 is outside the valid range for parameter "vql.recall" (0 .. 1)
RESET
0.95
40
SET
100
RESET
15.18
UTC

# SET LOCAL ends with the transaction.
BEGIN;
SET LOCAL vql.recall = 0.5;
SHOW vql.recall;
COMMIT;
SHOW vql.recall;
---
BEGIN
SET
0.5
COMMIT
0.95

# A dotted name of one's own may be set freely.
SET my.flag = 'yes';
SHOW my.flag;
---
SET
yes
