# mark: 30
# shows: A graded cell was turned into text; the answers are right.
# retype: test_random_weights markdown
