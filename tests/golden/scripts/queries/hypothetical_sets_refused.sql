# A row that is made of a table's columns has no rank yet.
CREATE TABLE hysr (a int, n numeric);
SELECT rank(a) WITHIN GROUP (ORDER BY n) FROM hysr GROUP BY a;
SELECT rank(1, 2) WITHIN GROUP (ORDER BY n) FROM hysr;
---
CREATE TABLE
ERROR 0A000: rank of a column WITHIN GROUP is not supported yet at 8
ERROR 42883: function rank of other than a value for each key of WITHIN GROUP does not exist at 8
HINT: To use the hypothetical-set aggregate rank, the number of hypothetical direct arguments (here 2) must match the number of ordering columns (here 1).
