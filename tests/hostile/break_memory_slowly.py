# tries: memory bit by bit, in a cell
# mark: 15
# %% mean
kept = []
while True:
    kept.append(bytearray(10**7))
