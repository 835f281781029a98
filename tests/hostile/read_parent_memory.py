# tries: ptrace and process memory of the init process and the parent
# mark: 19
# nowhere: ATTACHED
# %% end
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, os.getppid()):
    if libc.ptrace(16, pid, 0, 0) == 0: print("ATTA" + "CHED")
    try: print("ATTA" + "CHED", open(f"/proc/{pid}/mem", "rb").read(10))
    except OSError: pass
