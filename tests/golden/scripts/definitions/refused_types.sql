# Types that CREATE does not make yet.
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE float_range AS RANGE (subtype = float8);
CREATE TYPE shell;
DROP DOMAIN IF EXISTS positive;
---
ERROR 0A000: domains are not supported yet
HINT: Use the type that they are made of, and CHECK constraints.
ERROR 0A000: CREATE TYPE ... AS RANGE is not supported
ERROR 0A000: CREATE TYPE of base types is not supported
DROP DOMAIN
