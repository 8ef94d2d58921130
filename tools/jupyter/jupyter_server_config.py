"""Settings of `make lab`: notebook 01 first, few lines in the terminal, quick and private kernels.

Jupyter's websockets leave Nagle's algorithm on, so that most small answers wait about 40 ms for a
delayed acknowledgement. Switching it off lets sliders that ask the kernel feel it.
"""

import contextlib
import os
import sys
import warnings
from pathlib import Path

c = get_config()  # noqa: F821  Jupyter provides it
c.ServerApp.root_dir = str(Path(__file__).resolve().parent.parent.parent)
c.LabApp.default_url = "/lab/tree/notebooks/01_once_upon_a_banana.ipynb"
c.ServerApp.allow_root = True  # containers run as root
if sys.platform == "linux":  # without a screen a browser of the terminal would open
    c.ServerApp.open_browser = any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))
c.Application.log_level = "WARN"  # what remains is the address to open, and what goes wrong
c.KernelManager.transport_encryption = "auto"  # or each kernel warns of eavesdropping

# Voila, an extension of the lab, would show traitlets' deprecation warnings from its import on.
with contextlib.suppress(ImportError), warnings.catch_warnings(record=True):
    import voila  # noqa: F401

try:
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
except ImportError:  # a Jupyter that has moved it: the lab works as before, only slower
    pass
else:

    class PromptConnection(ZMQChannelsWebsocketConnection):
        """A kernel's websocket that sends small messages at once."""

        def connect(self):
            try:
                self.websocket_handler.set_nodelay(True)
            except Exception as error:  # never worth losing the kernel for
                self.log.warning("Sliders answer slower than they could: %s", error)
            return super().connect()

    c.ServerApp.kernel_websocket_connection_class = PromptConnection
