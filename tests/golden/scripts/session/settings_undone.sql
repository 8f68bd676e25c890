# What a transaction sets is undone with it, and by ROLLBACK TO; set_config() is SET, local and not.
BEGIN;
SET work_mem = '11MB';
SAVEPOINT a;
SET work_mem = '12MB';
SET LOCAL my.x = 'b';
ROLLBACK TO a;
SHOW work_mem;
COMMIT;
SHOW work_mem;
BEGIN;
SET work_mem = '13MB';
SELECT set_config('TimeZone', 'Europe/Rome', false);
SELECT current_setting('timezone');
ROLLBACK;
SHOW work_mem;
BEGIN;
SET LOCAL work_mem = '14MB';
SET work_mem = '15MB';
COMMIT;
SHOW work_mem;
SELECT set_config('work_mem', '16MB', true);
SHOW work_mem;
BEGIN;
SELECT set_config('work_mem', '17MB', true);
SHOW work_mem;
COMMIT;
SHOW work_mem;
SELECT set_config('DateStyle', 'german', false), set_config('xmloption', 'document', false);
SELECT set_config('DateStyle', NULL, false);
SET TIME ZONE INTERVAL '+01:30' HOUR TO MINUTE;
SHOW TIME ZONE;
SET work_mem TO DEFAULT;
SHOW transaction_timeout;
SHOW max_prepared_transactions;
---
BEGIN
SET
SAVEPOINT
SET
SET
ROLLBACK
11MB
COMMIT
11MB
BEGIN
SET
Europe/Rome
Europe/Rome
ROLLBACK
11MB
BEGIN
SET
SET
COMMIT
15MB
16MB
15MB
BEGIN
17MB
17MB
COMMIT
15MB
German, DMY | document
ISO, MDY
SET
<+01:30>-01:30
SET
0
0
