# tries: markup in an exception that feedback quotes
# mark: 15
# %% mean
def mean(x):
    raise ValueError("<script>evil-script</script><img src=x onerror=evil_handler()>")
