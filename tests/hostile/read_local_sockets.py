# tries: Unix sockets of other programs, by path and abstract, and the sockets of its own kernel's manager
# mark: 19
# nowhere: CONNECTED
# %% end
import glob, json, os, socket
names = [line.split()[-1] for line in open("/proc/net/unix").read().splitlines()[1:] if len(line.split()) == 8]
names += glob.glob("/run/**/*.sock", recursive=True) + glob.glob("/tmp/kernel-*/*") + ["/var/run/docker.sock"]
names += [json.load(open("/opt/grading/connection.json"))["ip"] + f"-{n}" for n in range(1, 6)]
for name in names:
    try:
        s = socket.socket(socket.AF_UNIX); s.settimeout(0.2)
        s.connect("\0" + name[1:] if name.startswith("@") else name)
        print("CONN" + "ECTED", name)
    except (OSError, ValueError): pass
