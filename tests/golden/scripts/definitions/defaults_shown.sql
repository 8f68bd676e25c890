-- A default that is a constant is shown with the type that it has in its column, as those who read a schema back take it apart.
CREATE TYPE dsh_kind AS ENUM ('a', 'b');
CREATE TABLE dsh (
  a jsonb DEFAULT '{}', b text DEFAULT 'it''s', c varchar(5) DEFAULT 'x', d timestamptz DEFAULT now(), e int DEFAULT '3',
  f date DEFAULT '2020-01-01', g bool DEFAULT 'true', h text DEFAULT '', i numeric DEFAULT 1.50, j int DEFAULT -1,
  k text[] DEFAULT '{}', m uuid DEFAULT gen_random_uuid(), n timestamp DEFAULT current_timestamp, p float DEFAULT 1,
  q char(3) DEFAULT 'ab', r json DEFAULT '[]', s interval DEFAULT '1 day', v bigint DEFAULT -5000000000, w bool DEFAULT false,
  x numeric DEFAULT -1.5, y dsh_kind DEFAULT 'a', z vector(2) DEFAULT '[1,2]', za text DEFAULT CURRENT_USER,
  zb numeric(5, 2) DEFAULT '1.5', zc serial);
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'dsh' ORDER BY ordinal_position;
SELECT adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'dsh'::regclass AND adnum IN (1, 2, 10, 21, 25) ORDER BY adnum;
ALTER TABLE dsh ALTER COLUMN b SET DEFAULT 'q', ALTER COLUMN c DROP DEFAULT;
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'dsh' AND column_name IN ('b', 'c') ORDER BY 1;
INSERT INTO dsh DEFAULT VALUES RETURNING a, b, c, e, f, g, j, k, q, s, v, x, y, z, zb;
---
CREATE TYPE
CREATE TABLE
a | '{}'::jsonb
b | 'it''s'::text
c | 'x'::character varying
d | now()
e | 3
f | '2020-01-01'::date
g | true
h | ''::text
i | 1.50
j | '-1'::integer
k | '{}'::text[]
m | gen_random_uuid()
n | CURRENT_TIMESTAMP
p | 1
q | 'ab'::bpchar
r | '[]'::json
s | '1 day'::interval
v | '-5000000000'::bigint
w | false
x | '-1.5'::numeric
y | 'a'::dsh_kind
z | '[1,2]'::vector
za | CURRENT_USER
zb | 1.5
zc | nextval('dsh_zc_seq'::regclass)
1 | '{}'::jsonb
2 | 'it''s'::text
10 | '-1'::integer
21 | 'a'::dsh_kind
25 | nextval('dsh_zc_seq'::regclass)
ALTER TABLE
b | 'q'::text
c | NULL
{} | q | NULL | 3 | 2020-01-01 | t | -1 | {} | ab  | 1 day | -5000000000 | -1.5 | a | [1,2] | 1.50
INSERT 0 1
