# tries: the network: a name, an address, services on this machine
# mark: 19
# nowhere: CONNECTED
# %% end
import socket
for target in [("127.0.0.1", p) for p in (22, 80, 443, 5432, 8000, 8888)] + [("1.1.1.1", 53), ("169.254.169.254", 80)]:
    try:
        socket.create_connection(target, timeout=0.2)
        print("CONN" + "ECTED", target)
    except OSError: pass
