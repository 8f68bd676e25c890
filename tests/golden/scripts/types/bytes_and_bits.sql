# bytea and bit varying as columns: keys, order, indexes, lengths.
CREATE TABLE t (id int PRIMARY KEY, data bytea UNIQUE, flags bit varying(5), parts bytea[]);
INSERT INTO t VALUES (1, '\x0102', '101', '{"\\x01"}'), (2, 'abc', B'', '{}'), (3, NULL, NULL, NULL), (4, '', '11111', NULL);
INSERT INTO t VALUES (5, '\x616263');
INSERT INTO t VALUES (5, NULL, '111111');
[header] SELECT * FROM t ORDER BY data;
SELECT id FROM t WHERE data > '\x01' ORDER BY data;
SELECT id FROM t WHERE data = '\x616263';
SELECT id FROM t WHERE '\x01' = ANY(parts);
SELECT id, flags || '01', length(flags), flags & flags FROM t WHERE flags BETWEEN '1' AND '101' ORDER BY flags;
SELECT '10101'::bit(5)::varbit(2), '101'::bit(3) || '0', pg_typeof('1'::bit(1) || '0');
UPDATE t SET data = data || '\xff' WHERE id = 1 RETURNING data, length(data);
---
CREATE TABLE
INSERT 0 4
ERROR 23505: duplicate key value violates unique constraint "t_data_key"
DETAIL: Key (data)=(\x616263) already exists.
ERROR 22001: bit string too long for type bit varying(5)
id integer | data bytea | flags varbit | parts bytea[]
4 | \x | 11111 | NULL
1 | \x0102 | 101 | {"\\x01"}
2 | \x616263 |  | {}
3 | NULL | NULL | NULL
1, 2
2
1
1 | 10101 | 3 | 101
10 | 1010 | bit varying
\x0102ff | 3
UPDATE 1
