# mark: 28
# shows: Both factors are wrong: half of the values became half of the squares, and a root was taken.
# demo: yes

# %% relu_factor
factor_relu = 2**0.5

# %% leaky_factor
factor_leaky = 4 / 3
