# tries: new namespaces, mounts, other roots, device nodes, keyrings, io_uring
# mark: 19
# nowhere: ESCAPED
# %% end
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
calls = {"unshare user": lambda: libc.unshare(0x10000000), "unshare mount": lambda: libc.unshare(0x20000),
         "mount": lambda: libc.mount(b"none", b"/box/tmp", b"tmpfs", 0, None), "umount": lambda: libc.umount2(b"/usr", 2),
         "chroot": lambda: libc.chroot(b"/"), "setuid": lambda: libc.setuid(0), "mknod": lambda: libc.mknod(b"/box/tmp/sda", 0o60666, 0x800),
         "keyctl": lambda: libc.syscall(250, 0, -3, 0, 0, 0), "io_uring": lambda: libc.syscall(425, 1, ctypes.create_string_buffer(200)),
         "bpf": lambda: libc.syscall(321, 0, 0, 0), "setns": lambda: libc.setns(os.open("/proc/1/ns/net", os.O_RDONLY), 0)}
for name, call in calls.items():
    if call() >= 0: print("ESC" + "APED", name)
for path in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/self/oom_score_adj_", "/sys/kernel/x"):
    try: open(path, "w").write("-"); print("ESC" + "APED", path)
    except OSError: pass
