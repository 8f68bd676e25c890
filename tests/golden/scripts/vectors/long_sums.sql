# What a sum of vectors costs grows with its terms, in every type.

CREATE TABLE t (id int PRIMARY KEY, v vector(2), h halfvec(2));
INSERT INTO t VALUES (1, '[1,2]', '[1,2]')
---
CREATE TABLE
INSERT 0 1

SELECT h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h AS sum FROM t
---
[30,60]

SELECT v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v * v AS product FROM t
---
[1,1.0737418e+09]

SELECT (v || v || v || v || v || v || v || v || v || v || v || v) <-> (h || h || h || h || h || h || h || h || h || h || h || h)::vector AS far FROM t
---
0
