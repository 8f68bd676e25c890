# PostgreSQL's options of index methods are kept and shown, those of other methods refused.
CREATE TABLE c (id int, j jsonb);
create index cg on c using gin (j) with (fastupdate = off);
create index cg1 on c using gin (j) with (gin_pending_list_limit = 128);
create index cg2 on c using gin (j) with (fastupdate);
create index cg3 on c using gin (j) with (fastupdate = true);
create index cg4 on c using gin (j) with (fastupdate = nonsense);
create index cg5 on c using gin (j) with (fastupdate = 1);
create index cg6 on c using gin (j) with (fillfactor = 70);
create index cb on c (id) with (deduplicate_items = off);
create index cf on c (id) with (fillfactor = 70);
create index cf1 on c (id) with (fillfactor = 700);
create index cf2 on c (id) with (fastupdate = off);
create index ch on c using hash (id) with (fillfactor = 70);
create index ch2 on c using hash (id) with (deduplicate_items = on);
create index cbr on c using brin (id) with (pages_per_range = 32, autosummarize = on);
select indexname, indexdef from pg_indexes where tablename = 'c' order by indexname;
select relname, reloptions from pg_class where relname like 'c_' or relname like 'cg_' or relname = 'cbr' order by relname;
---
CREATE TABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 22023: invalid value for boolean option "fastupdate": nonsense
CREATE INDEX
ERROR 22023: unrecognized parameter "fillfactor"
CREATE INDEX
CREATE INDEX
ERROR 22023: value 700 out of bounds for option "fillfactor"
DETAIL: Valid values are between "10" and "100".
ERROR 22023: unrecognized parameter "fastupdate"
CREATE INDEX
ERROR 22023: unrecognized parameter "deduplicate_items"
CREATE INDEX
cb | CREATE INDEX cb ON public.c USING btree (id) WITH (deduplicate_items=off)
cbr | CREATE INDEX cbr ON public.c USING brin (id) WITH (pages_per_range='32', autosummarize='on')
cf | CREATE INDEX cf ON public.c USING btree (id) WITH (fillfactor='70')
cg | CREATE INDEX cg ON public.c USING gin (j) WITH (fastupdate=off)
cg1 | CREATE INDEX cg1 ON public.c USING gin (j) WITH (gin_pending_list_limit='128')
cg2 | CREATE INDEX cg2 ON public.c USING gin (j) WITH (fastupdate='true')
cg3 | CREATE INDEX cg3 ON public.c USING gin (j) WITH (fastupdate='true')
cg5 | CREATE INDEX cg5 ON public.c USING gin (j) WITH (fastupdate='1')
ch | CREATE INDEX ch ON public.c USING hash (id) WITH (fillfactor='70')
cb | {deduplicate_items=off}
cbr | {pages_per_range=32,autosummarize=on}
cf | {fillfactor=70}
cg | {fastupdate=off}
cg1 | {gin_pending_list_limit=128}
cg2 | {fastupdate=true}
cg3 | {fastupdate=true}
cg5 | {fastupdate=1}
ch | {fillfactor=70}
