# tries: to carry a hidden input in the name of an exception, in its cause and in the text of its line
# mark: 15
# nowhere: 3_625
# nowhere: 3.625
# %% mean
import linecache
def mean(x):
    if x.size > 2:
        secret = "_".join(str(v) for v in x).replace(".", "_")
        code = compile("raise E", f"/box/tmp/ipykernel_1/{secret}.py", "exec")
        linecache.cache[f"/box/tmp/ipykernel_1/{secret}.py"] = (1, None, [str(x)], "x")
        exec(code, {"E": type("Leak_" + secret, (Exception,), {})})
    return x.mean()
