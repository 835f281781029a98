# tries: to call the tests' function with nonsense, in the hope of changing something there
# mark: 17
# %% compose
def twice(f, x):
    for bad in (None, [], "x" * 10**6, {"a": 1}, b"\x00"):
        try: f(bad)
        except Exception: pass
    try: f(f, f, f)
    except Exception: pass
    return True
base = 2
