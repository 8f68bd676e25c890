# percentile_cont interpolates intervals, too.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day'), ('3 days')) t(x);
SELECT percentile_cont(ARRAY[0, 0.3, NULL, 1]) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day'), ('3 days'), ('1 month 2 days 03:04:05.678901'), (NULL)) t(x);
SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (interval '1 day'), ('-3 days'), ('1 month 2 days 03:04:05.678901')) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day')) t(x) WHERE false;
SELECT percentile_cont(2) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day')) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (date '2020-01-01')) t(x);
# A literal has no type of its own.
SELECT pg_typeof('a'), pg_typeof(NULL), pg_typeof('a'::text), pg_typeof(NULL::int), pg_typeof('a' || 'b'), pg_typeof((SELECT 'a'));
SELECT pg_typeof(x) FROM (SELECT 'a' AS x) t;
---
2 days
{"1 day","2 days 04:48:00",NULL,"1 mon 2 days 03:04:05.678901"}
1 mon -13 days -10:27:57.160549
NULL
ERROR 22003: percentile value 2 is not between 0 and 1
ERROR 42883: function percentile_cont(numeric, date) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
unknown | unknown | text | integer | text | text
text
