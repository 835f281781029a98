"""The process that workers are forked from, and where sockets can lie.

It imports what workers need, which takes as long as what the first process imports itself: started before that, it is
ready at the same time.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import tempfile
import threading
from multiprocessing.context import BaseContext

_NEEDED = ["grading.jobs", "grading.kernels", "grading.feedback"]
_LONGEST = 70  # bytes of a folder's name: those of the sockets below it must have less than 108


def folder_for_sockets() -> str:
    """The temporary folder, or /tmp where names of sockets below it would be longer than the system allows."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) <= _LONGEST else "/tmp"


def start() -> BaseContext:
    """Start that process if there is none yet; return the context in which multiprocessing uses it."""
    tempfile.tempdir = folder_for_sockets()  # multiprocessing asks there
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_NEEDED)
    if threading.current_thread() is not threading.main_thread():
        return context
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it leaves Ctrl-C to us from its first moment
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, usual)
    return context
