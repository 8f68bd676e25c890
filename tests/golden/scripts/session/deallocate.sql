# DEALLOCATE forgets one statement that is there, or all; a name or ALL is to be given.
PREPARE dea_a AS SELECT 1;
PREPARE dea_b AS SELECT 2;
DEALLOCATE dea_a;
EXECUTE dea_b;
DEALLOCATE dea_a;
DEALLOCATE PREPARE dea_nobody;
DEALLOCATE PREPARE ALL;
EXECUTE dea_b;
DEALLOCATE;
DEALLOCATE ALL dea_b;
DISCARD;
DISCARD *;
DISCARD dea_b;
CLOSE;
CLOSE ALL dea_b;
---
PREPARE
PREPARE
DEALLOCATE
2
ERROR 26000: prepared statement "dea_a" does not exist
ERROR 26000: prepared statement "dea_nobody" does not exist
DEALLOCATE ALL
ERROR 26000: prepared statement "dea_b" does not exist
ERROR 42601: syntax error at end of input at 11
HINT: expected a name
ERROR 42601: syntax error at or near "dea_b" at 16
HINT: expected ";", the end of the statement
ERROR 42601: syntax error at end of input at 8
HINT: expected a name
ERROR 42601: syntax error at or near "*" at 9
HINT: expected a name
ERROR 42601: syntax error at or near "dea_b" at 9
ERROR 42601: syntax error at end of input at 6
HINT: expected a name
ERROR 42601: syntax error at or near "dea_b" at 11
HINT: expected ";", the end of the statement
