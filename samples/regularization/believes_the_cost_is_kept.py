# mark: 47
# shows: Wrong answers to two questions: the cost is kept, and masks are drawn at test time.

# %% kept_on_average
kept_on_average = {"A1", "Z2", "cost"}

# %% at_test_time
at_test_time = "masks"
