# A row that would stand among others may be made of what groups have, or of queries around; nothing else of rows goes.
CREATE TABLE hysr (id int, g int, x int);
INSERT INTO hysr VALUES (1, 1, 5), (2, 1, 7), (3, 2, 1), (4, 2, 9);
SELECT g, rank(g) WITHIN GROUP (ORDER BY x), percentile_cont(g / 2.0) WITHIN GROUP (ORDER BY x) FROM hysr GROUP BY g ORDER BY g;
SELECT (SELECT rank(t.x) WITHIN GROUP (ORDER BY u.x) FROM hysr u) FROM hysr t ORDER BY id;
SELECT g, dense_rank(g, g + 1) WITHIN GROUP (ORDER BY x, id DESC), cume_dist(g * 4) WITHIN GROUP (ORDER BY x) FROM hysr GROUP BY g ORDER BY g;
SELECT g + 1, percent_rank(g + 1) WITHIN GROUP (ORDER BY x DESC) FILTER (WHERE id > 1) FROM hysr GROUP BY g + 1 ORDER BY 1;
SELECT rank(x) WITHIN GROUP (ORDER BY x) FROM hysr;
SELECT g, rank(id) WITHIN GROUP (ORDER BY x) FROM hysr GROUP BY g;
SELECT percentile_disc(x) WITHIN GROUP (ORDER BY x) FROM hysr;
SELECT g, percentile_cont(id / 2.0) WITHIN GROUP (ORDER BY x) FROM hysr GROUP BY g;
---
CREATE TABLE
INSERT 0 4
1 | 1 | 6
2 | 2 | 9
2, 3, 1, 4
1 | 1 | 0.3333333333333333
2 | 2 | 0.6666666666666666
2 | 1
3 | 0.5
ERROR 42803: column "hysr.x" must appear in the GROUP BY clause or be used in an aggregate function at 13
DETAIL: Direct arguments of an ordered-set aggregate must use only grouped columns.
ERROR 42803: column "hysr.id" must appear in the GROUP BY clause or be used in an aggregate function at 16
DETAIL: Direct arguments of an ordered-set aggregate must use only grouped columns.
ERROR 42803: column "hysr.x" must appear in the GROUP BY clause or be used in an aggregate function at 24
DETAIL: Direct arguments of an ordered-set aggregate must use only grouped columns.
ERROR 42803: column "hysr.id" must appear in the GROUP BY clause or be used in an aggregate function at 27
DETAIL: Direct arguments of an ordered-set aggregate must use only grouped columns.
