# Defaults and conditions are shown in the brackets that PostgreSQL shows: calls in none, operators in some; VALUE is in capitals.
CREATE TABLE bks (a uuid DEFAULT (gen_random_uuid()), b int DEFAULT ((1 + 2)), c text DEFAULT ('x'), d int DEFAULT (1), e int DEFAULT 3 * 4,
  f timestamptz DEFAULT (now()), g int DEFAULT (-1), h text DEFAULT (CURRENT_USER), i boolean DEFAULT (NOT true), CHECK (d > 0));
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'bks' ORDER BY ordinal_position;
CREATE DOMAIN bks_d AS int CONSTRAINT bks_c CHECK (value > 0);
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'bks_c';
SELECT constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_name LIKE 'bks%' ORDER BY 1;
DROP DOMAIN bks_d;
DROP TABLE bks;
---
CREATE TABLE
a | gen_random_uuid()
b | (1 + 2)
c | 'x'::text
d | 1
e | (3 * 4)
f | now()
g | '-1'::integer
h | CURRENT_USER
i | (NOT true)
CREATE DOMAIN
CHECK ((VALUE > 0))
bks_c | (VALUE > 0)
bks_d_check | (d > 0)
DROP DOMAIN
DROP TABLE
