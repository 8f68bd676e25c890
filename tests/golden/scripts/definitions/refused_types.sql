# Types that CREATE does not make yet.
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, b text);
DROP DOMAIN IF EXISTS positive;
---
ERROR 0A000: domains are not supported yet
HINT: Use the type that they are made of, and CHECK constraints.
ERROR 0A000: types that are no enumerations are not supported yet
HINT: Use the type that they are made of, and CHECK constraints.
DROP DOMAIN
