# mark: 96
# shows: initialize_adam makes one dictionary and calls it v and s: what is stored in s overwrites v.

# %% adam_state
def initialize_adam(parameters):
    v = s = {}
    for name, value in parameters.items():
        v["d" + name] = np.zeros_like(value)
        s["d" + name] = np.zeros_like(value)
    return v, s
