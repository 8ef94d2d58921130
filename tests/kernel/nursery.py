"""Kernels forked from one process that has imported what others wrote: seconds saved for each.

Of ours it imports nothing: the package is as fresh in such a kernel as in any.

`nursery.py -f FILE` is what Jupyter starts as a kernel: it hands its folder, environment and
outputs to the nursery, which it starts where there is none yet, passes on signals, and ends with
the kernel. SPARED tells the kernel how many seconds the imports took.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

OWNER = os.environ["NURSERY"]  # the process for which there is a nursery, and as long as it lives
ADDRESS = f"\0nursery of {OWNER}"  # of Linux's own kind: no file is left behind


def stand_in(*arguments):
    """Be a kernel to whoever started this process, in place of one that is forked."""
    with socket.socket(socket.AF_UNIX) as nursery:
        reach(nursery)
        asked = json.dumps([os.getcwd(), dict(os.environ), arguments]).encode()
        socket.send_fds(nursery, [len(asked).to_bytes(8)], [1, 2])
        nursery.sendall(asked)
        kernel = int.from_bytes(nursery.recv(8))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: os.kill(kernel, number))
        nursery.recv(1)  # the kernel has ended


def reach(nursery):
    """Connect, to a new nursery if need be, which like all of its kernels is offline."""
    paths = filter(None, [os.path.dirname(__file__), os.environ.get("PYTHONPATH")])
    offline, started = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}, None
    while nursery.connect_ex(ADDRESS) != 0:
        started = started or subprocess.Popen(
            [sys.executable, __file__], env=offline, start_new_session=True
        )
        time.sleep(0.02)


def nurse():
    """Import, then fork a kernel for each who asks."""
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.bind(ADDRESS)
        except OSError:
            return  # another was as quick
        door.listen()
        start = time.perf_counter()
        warm()
        spared = time.perf_counter() - start
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
        while os.path.exists(f"/proc/{OWNER}"):
            if not select.select([door], [], [], 1)[0]:
                continue
            with door.accept()[0] as parent:
                if os.fork() == 0:
                    door.close()
                    os._exit(kernel(parent, spared))


def warm():
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as kernels have it
    import anywidget  # noqa: F401
    import ipykernel.kernelapp  # noqa: F401
    import matplotlib.figure  # noqa: F401
    import scipy.optimize  # noqa: F401
    from transformers import AutoModel, AutoModelForCausalLM, GPT2LMHeadModel  # noqa: F401


def kernel(parent, spared):
    """Become the kernel that the parent wants to be."""
    size, outputs, *_ = socket.recv_fds(parent, 8, 2)
    asked = b""
    while len(asked) < int.from_bytes(size):
        asked += parent.recv(1 << 20)
    folder, environment, arguments = json.loads(asked)
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment, SPARED=str(spared))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    parent.send(os.getpid().to_bytes(8))
    threading.Thread(target=lambda: parent.recv(1) or os._exit(1), daemon=True).start()
    from ipykernel import kernelapp

    sys.argv = ["ipykernel_launcher", *arguments]
    kernelapp.launch_new_instance()
    return 0


if __name__ == "__main__":
    stand_in(*sys.argv[1:]) if sys.argv[1:] else nurse()
