# Operator classes that no method has are refused, those of others too.
CREATE TABLE icr (a int, b text, c timestamptz);
CREATE INDEX ON icr (a nonsense_ops);
CREATE INDEX ON icr USING brin (c timestamptz_ops);
CREATE INDEX ON icr USING hash (b text_minmax_ops);
CREATE INDEX icr_b ON icr (b text_pattern_ops);
CREATE INDEX icr_c ON icr USING brin (c timestamptz_minmax_ops);
DROP TABLE icr;
---
CREATE TABLE
ERROR 42704: operator class "nonsense_ops" does not exist for access method "btree"
ERROR 42704: operator class "timestamptz_ops" does not exist for access method "brin"
ERROR 42704: operator class "text_minmax_ops" does not exist for access method "hash"
CREATE INDEX
CREATE INDEX
DROP TABLE
