# tries: output without end
# mark: 15
# sentence: This cell was stopped
# %% mean
while True:
    print("x" * 10**5)
