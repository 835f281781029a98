# tries: output without end
# mark: 15
# sentence: put out far more
# %% mean
while True:
    print("x" * 10**5)
