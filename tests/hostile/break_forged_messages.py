# tries: raw messages on the kernel's own sockets: garbage, odd JSON, replies to requests never made
# mark: 19
# %% end
kernel = get_ipython().kernel
for junk in ([b"garbage"], [b""], [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"], [b"x" * 10**6] * 3):
    kernel.iopub_thread.send_multipart(junk)
for content in ({}, {"execution_state": {"a": []}}, {"text": 5, "name": 5}, {"data": 5}, {"traceback": 5, "ename": [], "evalue": {}}):
    for kind in ("status", "stream", "display_data", "execute_result", "error", "clear_output", "comm_msg", "nonsense"):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
