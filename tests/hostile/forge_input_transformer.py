# tries: an input transformer that turns all later cells into `pass`
# mark: 0
# %% squares
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\n"])
