"""Settings of `make lab`: fewer lines in the terminal, quicker answers from the kernel.

Jupyter's websockets leave Nagle's algorithm on, so that most small answers wait about 40 ms for a
delayed acknowledgement. Switching it off lets sliders that ask the kernel feel it.
"""

c = get_config()  # noqa: F821  Jupyter provides it
c.Application.log_level = "WARN"  # what remains is the address to open, and what goes wrong

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
