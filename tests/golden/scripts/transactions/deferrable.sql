-- DEFERRABLE is a mode of transactions: one that is serializable and reads only fails at no commit here, deferred or not.
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SHOW transaction_deferrable;
COMMIT;
SHOW transaction_deferrable;
BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, NOT DEFERRABLE;
SHOW transaction_deferrable;
COMMIT;
BEGIN;
SHOW transaction_deferrable;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SHOW transaction_deferrable;
SHOW transaction_isolation;
ROLLBACK;
SET SESSION CHARACTERISTICS AS TRANSACTION DEFERRABLE;
SHOW default_transaction_deferrable;
BEGIN;
SHOW transaction_deferrable;
SET TRANSACTION NOT DEFERRABLE;
SHOW transaction_deferrable;
COMMIT;
SHOW transaction_deferrable;
SET SESSION CHARACTERISTICS AS TRANSACTION NOT DEFERRABLE;
BEGIN;
SET TRANSACTION DEFERRABLE;
SHOW transaction_deferrable;
COMMIT;
SHOW transaction_deferrable;
CREATE TABLE dfr (a int);
BEGIN;
SET transaction_deferrable = on;
SET transaction_read_only = on;
SHOW transaction_deferrable;
SHOW transaction_read_only;
INSERT INTO dfr VALUES (1);
ROLLBACK;
---
BEGIN
on
COMMIT
off
BEGIN
off
COMMIT
BEGIN
off
SET
on
serializable
ROLLBACK
SET
on
BEGIN
on
SET
off
COMMIT
on
SET
BEGIN
SET
on
COMMIT
off
CREATE TABLE
BEGIN
SET
SET
on
on
ERROR 25006: cannot change data in a read-only transaction or the past
ROLLBACK
