# tries: output without end
# mark: 15
# sentence: The cell that defines mean
# %% mean
while True:
    print("x" * 10**5)
