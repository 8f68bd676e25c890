# Words of a constraint without the rest of it.
CREATE TABLE cut_short (a int)
---
CREATE TABLE

ALTER TABLE cut_short ADD PRIMARY keya
---
ERROR 42601: syntax error at or near "keya" at 35
HINT: expected ")", CHECK, CONSTRAINT, FOREIGN KEY, LIKE, PRIMARY KEY, UNIQUE, a name

ALTER TABLE cut_short ADD FOREIGN int
---
ERROR 42601: syntax error at or near "int" at 35
HINT: expected ")", CHECK, CONSTRAINT, FOREIGN KEY, LIKE, PRIMARY KEY, UNIQUE, a name

ALTER TABLE cut_short ADD CONSTRAINT int
---
ERROR 42601: syntax error at end of input at 41

ALTER TABLE cut_short ADD CONSTRAINT
---
ERROR 42601: syntax error at end of input at 37

ALTER TABLE cut_short ADD UNIQUE
---
ERROR 42601: syntax error at end of input at 33
HINT: expected "(", NULLS DISTINCT, NULLS NOT DISTINCT
