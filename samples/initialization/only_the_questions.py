# mark: 2
# shows: Only the two numbers were answered.
# base: blank

# %% relu_factor
factor_relu = 2

# %% leaky_factor
factor_leaky = 1.6
