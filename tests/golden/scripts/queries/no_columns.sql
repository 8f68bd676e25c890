# A query may have no columns: its rows are counted, read and asked for, as any other's.
CREATE TABLE t (id int PRIMARY KEY, sp sparsevec(5), v vector(2), h halfvec(2));
INSERT INTO t VALUES (1, '{1:2}/5', '[1,2]', '[1,2]'), (2, '{1:1}/5', '[1,1]', NULL), (3, '{2:-1}/5', NULL, '[-1,2]'), (4, NULL, '[-1,4]', '[1,-1]')
---
CREATE TABLE
INSERT 0 4

SELECT count(*) FROM (SELECT FROM t) x
---
4

WITH q AS (SELECT FROM t) SELECT count(*) FROM q
---
4

SELECT EXISTS (SELECT FROM t WHERE id > 7)
---
f

# Sparse vectors order as dense ones do, alone, in rows and in arrays.
SELECT id FROM t ORDER BY sp DESC NULLS LAST
---
1, 2, 3, 4

SELECT DISTINCT sp FROM t ORDER BY sp
---
{2:-1}/5, {1:1}/5, {1:2}/5, NULL

SELECT id FROM t ORDER BY row(sp)
---
3, 2, 1, 4

SELECT id, row_number() OVER (ORDER BY sp) FROM t ORDER BY id
---
1 | 3
2 | 2
3 | 1
4 | 4

SELECT array_agg(sp ORDER BY sp) FROM t
---
{"{2:-1}/5","{1:1}/5","{1:2}/5",NULL}

# Arrays of vectors, which are lists themselves.
SELECT id, ARRAY[v, '[0,1]'], ARRAY[h] FROM t ORDER BY ARRAY[v]
---
4 | {"[-1,4]","[0,1]"} | {"[1,-1]"}
2 | {"[1,1]","[0,1]"} | {NULL}
1 | {"[1,2]","[0,1]"} | {"[1,2]"}
3 | {NULL,"[0,1]"} | {"[-1,2]"}

SELECT array_agg(h ORDER BY id), array_agg(v ORDER BY id) FROM t
---
{"[1,2]",NULL,"[-1,2]","[1,-1]"} | {"[1,2]","[1,1]",NULL,"[-1,4]"}

SELECT id FROM t WHERE ARRAY[h] > ARRAY['[1,0]'::halfvec] ORDER BY id
---
1, 2
