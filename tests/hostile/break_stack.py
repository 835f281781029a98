# tries: recursion that overflows the C stack and crashes Python
# mark: 15
# %% mean
import sys
def mean(x):
    sys.setrecursionlimit(10**9)
    f = lambda g: repr(g)
    deep = []
    for _ in range(10**7): deep = [deep]
    return len(repr(deep)) + hash(str(deep))
