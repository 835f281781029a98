# tries: a pipe, a socket and links to endless devices among the files handed in
# mark: 19
def attack(notebook, folder):
    import os, socket
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "timestamp.txt")
    (folder / "zero.csv").symlink_to("/dev/zero")
    (folder / "loop").symlink_to(".")
    here = os.getcwd(); os.chdir(folder)
    socket.socket(socket.AF_UNIX).bind("s.sock"); os.chdir(here)
