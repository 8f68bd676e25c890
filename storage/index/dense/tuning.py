"""The tuned constants of building, measuring and reading dense vector indexes, with what set them.

They decide how long a build takes, how large an index is and how closely its curves tell recall and time.
"""

# ---------------------------------------------------------------- which rows are worth an index

# Rows a segment has at least, and different ones among so many sampled.
ROWS_MIN = 500
DISTINCT_SAMPLE_ROWS, DISTINCT_MIN = 2_000, 200
# Rows whose lengths are looked at a step.
NORM_ROWS = 65_536

# ---------------------------------------------------------------- lists, codes and graphs

# Of k-means: for the lists, and for the few codes of each sub-quantiser.
LIST_ITERATIONS, CODE_ITERATIONS = 8, 8
TRAINING_ROWS_MAX, TRAINING_ROWS_LEAST = 100_000, 20_000
# Rows added to an index at a time, and rows that follow each other in the file and go into a graph together.
ADD_ROWS, RUN_ROWS = 20_000, 16
LISTS_LEAST, LISTS_MOST = 16, 4_096
# Lists are long where so few hold nearly all neighbours, and so many times as many rows as there are
# lists: a centroid takes as long as two to five codes.
FEW_LISTS, LONG, LENGTH_QUERIES = 16, 7, 500
# A projection keeps this share of the variance (of graphs, whose codes are finer, more), and pays where
# it drops this many dimensions.
VARIANCE_KEPT, VARIANCE_KEPT_GRAPH, DIMENSIONS_KEPT_MAX, DIMENSIONS_STEP = 0.9, 0.93, 0.7, 16
# Codes of one dimension each find more than codes of two, and take twice the memory: faiss copies
# them when an index is opened.
CODE_BYTES_MAX = 20 << 20
# Floats of half-precision rows widened at a time: a block stays within the cache.
WIDENED_FLOATS = 65_536

# ---------------------------------------------------------------- what is measured when an index is built

# For how many neighbours curves are measured, under filters that pass which share of the rows.
MEASURED_KS = (10, 100)
SELECTIVITIES = (1.0, 0.5, 0.1, 0.03, 0.01)
# Filters that pick rows on the other side of the data; less than the last one is searched exactly.
FAR_SELECTIVITIES = (0.5, 0.1)
# Queries without a filter, under each filter, under far ones, and apart from the rows.
QUERIES, FILTERED_QUERIES, FAR_QUERIES, OUTSIDE_QUERIES = 800, 250, 48, 120
# One row in so many is held out as a query, so that what is measured costs no multiple of what is built;
# of few rows as many as tell anything.
QUERY_ROWS, QUERIES_LEAST = 16, 100
# Standard errors that are taken off the mean recall of queries without a filter: of the many efforts that are
# compared the cheapest is the one that was lucky.
DOUBT = 2.0
# Rows from everywhere: the first answers, which keep most others out; what tells at which product a share
# of all rows passes.
TRUTH_SAMPLE_ROWS = 4_096
# Rows compared with all queries of a trial at a time, and rows whose lengths are taken.
TRUTH_ROWS, LENGTH_ROWS = 8_192, 32_768
# Costs are the least of so many rounds.
COST_ROUNDS = 5
# Rows fetched by id to tell what one costs: about as many as where an exact scan begins to cost less
# than an index. Of a fifth of them each costs half as much again.
GATHERED_ROWS = 10_000
# A time is of so many queries, or of as many as fit in so many seconds: the lesser of two rounds.
TIMED_QUERIES, TIMED_SECONDS = 16, 0.01
# Breadths timed, each so many times the last; the times of others are interpolated.
TIMED_STEP = 8
RECALL_STEP = 0.001
# Breadths that take so many times as long as an exact scan are not tried.
EXACT_TIMES = 1.5
# Breadths of a graph's walk that curves are measured at, and those of them that are timed.
HNSW_BREADTHS = (
    10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896, 1280, 1792, 2560, 4096
)  # fmt: skip
HNSW_TIMED = (10, 32, 100, 320, 1024, 4096)
# Breadths behind the first that costs so many times what is worth trying are not timed.
HNSW_DEAR = 4
# Up to this breadth every query is asked, then ever fewer; so many of what a walk finds are looked at.
HNSW_DENSE_MAX, HNSW_QUERIES_LEAST, HNSW_RANKED_MAX = 320, 160, 400
# Floats of candidates looked at a query: the more dimensions, the fewer candidates.
CANDIDATE_FLOATS, CANDIDATES_LEAST, CANDIDATES_MOST = 400_000, 600, 4_000
# Far from a query all rows are nearly as far as each other: so many times as many.
FAR_CANDIDATES = 8
# Of few rows no more candidates than one in so many, and of far ones: an exact scan costs less.
CANDIDATE_ROWS, FAR_CANDIDATE_ROWS = 4, 2
STEPS_AN_OCTAVE = 4
# Rows further from their neighbours than this share of others are, are outliers.
REACH_QUANTILE = 0.99
# Further than that from their lists, at the effort of this recall, they are looked for again.
STRETCH_QUANTILE, USUAL_RECALL = 0.95, 0.95
# Candidates of the quick ones of the searches that are timed.
FEW = 32
# The neighbours whose distances are kept to tell how far the nearest of those that pass are.
REACH_RANKS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1_000, 3_000, 10_000)

# The scale of gaps between lists is this power of the squared distance to the nearest one (1: by the ratio
# of distances, which looks into too much for outliers; 0.5: by their difference, into too little for them),
# and of less than so much of the mean that.
NEAR_POWER, NEAR_LEAST = 0.75, 0.01
# So many times the breadth are looked into at most.
BREADTHS_MOST = 8
# Of n codes that are near enough on average n + so many times the root of n are fetched, and where all of
# them are, so many times as many; one that is not compared exactly costs so much of one that is.
CODES_SPARE, CODES_MORE, UNCOMPARED_COST = 10, 4, 0.4
# Regions that queries are told apart by, in each of which so many times as much may be missed as over all.
REGIONS, REGION_ITERATIONS, REGION_MISSES = 8, 5, 1.2
# Queries of a trial whose candidates within gaps are counted.
GAP_QUERIES = 64

# ---------------------------------------------------------------- how curves are read

# At this share of rows and above an unfiltered effort is stretched instead of a filtered one taken.
NEARLY_ALL = 0.8
# So many times fewer rows than at the lowest share measured may pass for its effort to be stretched.
STRETCHED_MAX = 2.0
# By how much fewer neighbours may be missed in lists under a filter: a curve of so few queries tells 0.95
# where other queries find 0.93 to 0.96 (15,000 x 48, a hundredth passing).
FILTERED_MARGIN = 1.25
# So many searches are checked before curves are read otherwise, and how strictly at most.
CHECKS_A_CORRECTION, MISS_FACTOR_MAX = 40, 30.0
# Rows of each list looked at to see what share of it a mask passes.
LIST_SAMPLE = 16
