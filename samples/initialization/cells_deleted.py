# mark: 30
# shows: Two graded cells were deleted; the answers are right.
# demo: yes
# delete: test_he_scale
# delete: test_zeros_values
