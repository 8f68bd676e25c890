-- pg_index.indkey is an array from 0, as those who read a schema back go through it.
CREATE TABLE ixk (id int, a int, b text, PRIMARY KEY (b, a));
SELECT array_lower(indkey, 1), array_upper(indkey, 1), array_dims(indkey), indkey, indkey::int2[], 2 = ANY (indkey),
       (indkey::int2[])[0], array_position(indkey, 2::int2), indkey::int2[] @> ARRAY[2::int2], array_to_string(indkey, ',')
  FROM pg_index WHERE indexrelid = 'ixk_pkey'::regclass;
SELECT ARRAY(SELECT pg_get_indexdef(indexrelid, k + 1, true) FROM generate_subscripts(indkey, 1) AS k ORDER BY k)
  FROM pg_index WHERE indexrelid = 'ixk_pkey'::regclass;
SELECT generate_subscripts(indkey, 1), unnest(indkey) FROM pg_index WHERE indexrelid = 'ixk_pkey'::regclass;
SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = 'ixk'::regclass ORDER BY array_position(i.indkey::int2[], a.attnum), a.attnum;
---
CREATE TABLE
0 | 1 | [0:1] | 3 2 | [0:1]={3,2} | t | 3 | 1 | t | 3,2
{b,a}
0 | 3
1 | 2
b, a
