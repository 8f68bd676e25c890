# Over GROUPING SETS the row that would stand among others is made of constants.
CREATE TABLE hysr (a int, n numeric);
SELECT rank(a) WITHIN GROUP (ORDER BY n) FROM hysr GROUP BY ROLLUP (a);
SELECT rank(1) WITHIN GROUP (ORDER BY n) FROM hysr GROUP BY ROLLUP (a);
SELECT rank(1, 2) WITHIN GROUP (ORDER BY n) FROM hysr;
---
CREATE TABLE
ERROR 0A000: direct arguments of an ordered-set aggregate over GROUPING SETS must be constant so far at 8
1
ERROR 42883: function rank of other than a value for each key of WITHIN GROUP does not exist at 8
HINT: To use the hypothetical-set aggregate rank, the number of hypothetical direct arguments (here 2) must match the number of ordering columns (here 1).
