# tries: threads that go on for ever after their cell; the right function keeps its points
# mark: 19
# %% mean
import threading, time
def noise():
    while True: time.sleep(0.001)
for _ in range(20): threading.Thread(target=noise).start()
def mean(x):
    return x.sum() / x.size
