"""The tuned constants of vector search, with what was measured to set them.

Costs are microseconds, or how many times one thing costs another, on one core of about 3 GHz; what differs
from machine to machine and from table to table is measured when an index is built (`storage/index/dense`).
A constant here decides how quickly an answer comes, or how many rows an index may miss at the recall asked
for; never how many rows come back, or their order.
"""

# ---------------------------------------------------------------- what an exact search costs

# What a scan costs a number at least (100,000 x 128 in 2.5 ms where it comes from the cache, else up to twice
# that), and how many rows scanned take as long as one fetched.
FLOAT_US, GATHERED = 2e-4, 1.5
# What a row costs at least, whatever it is.
ROW_US = 0.005
# Above this share of all rows a scan of everything costs less than fetching those that pass: where nothing
# was measured, and at least.
WHOLE_ABOVE, WHOLE_LEAST = 0.3, 0.05
# A bit string fetched by its id costs about as much as scanning this many.
BIT_GATHER_COST = 8
# A sparse row compared by its id costs about as much as this many elements of inverted lists.
SPARSE_ROW_COST = 4

# ---------------------------------------------------------------- which way of an index, under which filter

# A filter that passes less than this share of what it should near the query is called far.
FAR_BELOW = 0.5
# The share of the lists that is taken for the neighbourhood of a query that a graph answers.
NEIGHBOURHOOD = 0.03
# By how much fewer neighbours may be missed where lists pass unlike shares.
UNEVEN_MARGIN, UNEVEN_SHARE, UNEVEN_MARGIN_LEAST = 2.5, 0.03, 1.25
# By how much fewer neighbours may be missed by what was measured with made-up queries and filters.
UNUSUAL_MARGIN = 5
# The share of all lists that is looked into at least for a query that lies apart from the rows.
OUTSIDE_LISTS = 0.25
# How many times the lists and candidates where hits are farther than their lists let expect; what twice of
# both costs of twice the time.
FURTHER_LISTS, FURTHER_CANDIDATES = 4, 2
WIDENING_COST = 0.7
# The share of the lists that are early, and of k hits that may be in later lists or candidates without
# more being looked at: by an uneven filter, which tells how many are expected in late lists, and where
# more is unusual.
EARLY_LISTS, LATE_SHARE = 0.5, 0.2
EARLY_LISTS_UNUSUAL, LATE_SHARE_UNUSUAL = 0.25, 0.05
# Above this share all lists are looked into: the rest costs less than to begin again, and a list of which
# nothing sampled passes, which comes last, may be the one beside the query.
NEARLY_ALL_LISTS = 0.5
# Microseconds, and those a list, that it takes to tell where the rows that pass are.
TELLING_US, TELLING_LIST_US = 20, 0.025
# Microseconds it takes to compare exactly the rows that pass in chosen lists, besides fetching them: in all,
# a list there is, and a row of the lists looked into. Where the ids of all that pass are known, those that
# are in the lists are picked: a part of that for each.
WITHIN_US, WITHIN_LIST_US, WITHIN_ROW_US, WITHIN_ID_US = 40, 0.03, 0.004, 0.003
# Microseconds to test the rows that were found, in all and each; to make a mask, in all and a row of the
# segment; how many rows are tested at most.
TESTED_US, TESTED_ROW_US, MASK_US, MASK_ROW_US, TESTED_MAX = 15, 0.07, 30, 0.0004, 8_192
# Where more than this share of tested searches has found too little, only one in so many is tried.
FAILED_MAX, FAILED_AGAIN = 0.3, 16
# Microseconds that no search by an index is below.
CHOOSING_US = 15
# Queries that an index is asked at once, and how few of them take as long one by one.
TOGETHER, TOGETHER_LEAST = 256, 8

# ---------------------------------------------------------------- steps of an exact search

# Below this many floats candidates are finished as they are, without picking by float32 first.
DIRECT_FLOATS = 6_000
# Rows whose lengths are taken at a time.
SCAN_ROWS = 16_384
# Of more rows than these the k-th least of a sample bounds that of all.
SAMPLED_ROWS, SAMPLE = 2_048, 512
# Up to this many rows are ordered by float32 alone where its rounding cannot have changed the order, and
# so many are sorted rather than the nearest picked first.
PROVEN_ROWS, SORTED_ROWS = 4_096, 256
# Up to this many nearest are kept in faiss' heap while rows are compared (11 of 57 x 128: 3.4 us instead of
# 9.8 and a sort; 101 of 1,000: 31 us instead of 23 and a partition).
HEAP_MAX = 128
# Floats of dense vectors, and bytes of bit strings, that one step compares.
BLOCK_FLOATS = 1 << 20
BLOCK_BYTES = 1 << 20
# Up to this many dimensions a sparse query is laid out whole, to be looked up by index.
LOOKUP_DIMENSIONS_MAX = 1 << 20
# Half-precision rows kept beyond k, by which a scan is known to have missed none that rounding hid; and how
# many nearest such a scan keeps at most.
HALF_EXTRA, HALF_NEAREST_MAX = 32, 1_024

# ---------------------------------------------------------------- many queries at once

# Fewer queries are answered one by one as quickly (200,000 x 128: 4 queries in 14 ms of CPU instead
# of 15, 8 in 17 instead of 31, 16 in 21 instead of 61).
QUERIES_LEAST = 4
# What a product of a number of a row and one of a query costs among many queries, and what is left to do for
# each of them then (200,000 x 128: 256 queries in 340 ms of CPU, of which 1,280 us each).
PRODUCT_US, FINISH_US = 5e-5, 60.0
# Where a filter passes unlike shares so many of the queries tell what each costs by an index: so many times
# what was measured with filters that pass alike, as lists are looked into again.
UNEVEN_QUERIES, UNEVEN_COST = 8, 2.0
# Rows kept beyond k: so few that they cost little, so many that rounding seldom decides.
BATCH_EXTRA = 16
# Candidates beyond k that are compared in float64, which orders those that float32 cannot.
FINISH_EXTRA = 6
# Rows and queries multiplied at a time: what is compared, 4 MB, stays in the cache.
BATCH_ROWS, BATCH_QUERIES = 4_096, 256
# Rows that are kept for the queries of one batch at most, of which there are fewer where each keeps many.
BATCH_KEPT = 1 << 20
# OpenBLAS multiplies few queries half as fast above this many products, for which it packs both sides.
PRODUCTS_MAX = 1_000_000
# What is held of all blocks, in answers' sizes, before all but the nearest are dropped.
HELD = 8

# ---------------------------------------------------------------- masks

# Up to one row in this many passing, bits are set one by one.
MASK_SINGLY = 256
# Fewer offsets than one in this many rows are looked up in the bits as they are.
MASK_UNPACKED = 8
# Up to one row in this many passing, offsets are looked for among the words of 64 bits that are not zero.
MASK_SPARSE = 128
# Up to one row in this many passing, offsets in no order are sorted rather than read from bits.
MASK_SORTED = 64
