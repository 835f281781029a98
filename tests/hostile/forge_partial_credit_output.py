# tries: output that looks like a score, from inside the function
# mark: 15
# %% mean
from IPython.display import display
def mean(x):
    print("4.0")
    display(4.0)
    get_ipython().displayhook(4.0)
    return 10**6
