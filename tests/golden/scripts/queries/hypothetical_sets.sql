# Where a row would stand among others: by numbers of any type, by texts, with NULLs on either end.
CREATE TABLE hys (a int, n numeric, f float8, s text);
INSERT INTO hys VALUES (1, 1.5, 2.5, 'a'), (2, 3.25, 0.5, 'b'), (3, NULL, 1, 'c'), (3, 'NaN', 'NaN', 'b'), (NULL, NULL, NULL, NULL);
SELECT rank(1.5) WITHIN GROUP (ORDER BY n), rank(2) WITHIN GROUP (ORDER BY n DESC), rank('b') WITHIN GROUP (ORDER BY s) FROM hys;
SELECT dense_rank(4) WITHIN GROUP (ORDER BY a), dense_rank(4, 'x') WITHIN GROUP (ORDER BY a, s DESC) FROM hys;
SELECT percent_rank(2) WITHIN GROUP (ORDER BY n), cume_dist(1.5) WITHIN GROUP (ORDER BY n DESC NULLS LAST) FROM hys;
SELECT rank(NULL) WITHIN GROUP (ORDER BY a), rank(NULL) WITHIN GROUP (ORDER BY a NULLS FIRST), rank(NULL) WITHIN GROUP (ORDER BY a DESC) FROM hys;
SELECT rank('NaN') WITHIN GROUP (ORDER BY n), rank('NaN') WITHIN GROUP (ORDER BY f DESC) FROM hys;
SELECT rank(3, 'b') WITHIN GROUP (ORDER BY a DESC NULLS LAST, s) FROM hys;
SELECT a, rank(2) WITHIN GROUP (ORDER BY n) FILTER (WHERE a > 1), cume_dist(2) WITHIN GROUP (ORDER BY n DESC) FROM hys GROUP BY a ORDER BY a;
SELECT rank(2) WITHIN GROUP (ORDER BY n), dense_rank(2) WITHIN GROUP (ORDER BY n), percent_rank(2) WITHIN GROUP (ORDER BY n), cume_dist(2) WITHIN GROUP (ORDER BY n) FROM hys WHERE false;
SELECT sum(a) FROM hys HAVING rank(3) WITHIN GROUP (ORDER BY a) > 1;
SELECT rank('x') WITHIN GROUP (ORDER BY a) FROM hys;
SELECT rank(3) WITHIN GROUP (ORDER BY a) OVER () FROM hys;
---
CREATE TABLE
INSERT 0 5
1 | 5 | 2
4 | 5
0.2 | 0.6666666666666666
5 | 1 | 1
3 | 2
1
1 | 1 | 0.5
2 | 1 | 1
3 | 1 | 1
NULL | 1 | 1
1 | 1 | 0 | 1
9
ERROR 22P02: invalid input syntax for type integer: "x" at 13
ERROR 0A000: OVER is not supported for ordered-set aggregate rank at 8
