# tries: an array of objects, which only pickle could carry
# mark: 15
# sentence: array of objects
# %% mean
class Evil:
    def __reduce__(self): return (print, ("unpickled",))
def mean(x):
    return np.array([Evil(), Evil()], dtype=object)
