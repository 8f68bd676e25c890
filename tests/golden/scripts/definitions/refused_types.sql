# Types that CREATE does not make yet.
CREATE DOMAIN positive_too AS integer CHECK (VALUE > 0);
CREATE DOMAIN small_too AS positive_too CHECK (VALUE < 9);
CREATE TYPE float_range AS RANGE (subtype = text, subtype_opclass = text_pattern_ops);
CREATE TYPE shell;
DROP DOMAIN positive_too CASCADE;
---
CREATE DOMAIN
ERROR 0A000: domains over domains are not supported yet
ERROR 0A000: range types of another than the default operator class are not supported yet
ERROR 0A000: CREATE TYPE of base types is not supported
DROP DOMAIN
