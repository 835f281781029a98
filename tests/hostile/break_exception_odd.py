# tries: exceptions that cannot be built, named or shown
# mark: 15
# %% mean
class Odd(UnicodeDecodeError, KeyError):
    def __init__(self): pass
    def __str__(self): raise SystemExit
Odd.__name__ = "not an identifier <script>" * 10
def mean(x):
    raise Odd()
