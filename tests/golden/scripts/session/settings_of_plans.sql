# PostgreSQL's settings of plans are taken and shown, within their bounds.
SET enable_bitmapscan = off;
SHOW enable_bitmapscan;
SET random_page_cost = 1.1;
SHOW random_page_cost;
SET random_page_cost = -1;
SET plan_cache_mode = force_custom_plan;
SET plan_cache_mode = nothing;
SET join_collapse_limit = 1;
SET default_statistics_target = 0;
SET hash_mem_multiplier = 2.5;
SHOW hash_mem_multiplier;
RESET enable_bitmapscan;
SHOW enable_bitmapscan;
RESET ALL;
---
SET
off
SET
1.1
ERROR 22023: -1 is outside the valid range for parameter "random_page_cost" (0 .. 1.79769e+308)
SET
ERROR 22023: invalid value for parameter "plan_cache_mode": "nothing"
HINT: Available values: auto, force_generic_plan, force_custom_plan.
SET
ERROR 22023: 0 is outside the valid range for parameter "default_statistics_target" (1 .. 10000)
SET
2.5
RESET
on
RESET
