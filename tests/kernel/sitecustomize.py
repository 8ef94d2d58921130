"""A Python that finds this file on its path at start cannot reach beyond the machine it runs on.

Each try is written to the file that OFFLINE_LOG names, because a library may well swallow the
error and go on. An audit hook sees every connection that is made from Python.
"""

import os
import sys

HOST = {  # event -> where its arguments hold the host, or the address with the host in front
    "socket.connect": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.sendto": 1,
}
HERE = ("", "localhost", "0.0.0.0", "::", "::1")


def refuse(event, arguments):
    if event not in HOST:
        return
    address = arguments[HOST[event]]
    host = address[0] if isinstance(address, tuple) else address
    host = host.decode() if isinstance(host, bytes) else str(host or "")
    local_file = event == "socket.connect" and not isinstance(address, tuple)  # a Unix socket
    if local_file or host in HERE or host.startswith("127."):
        return
    with open(os.environ["OFFLINE_LOG"], "a") as log:
        log.write(host + "\n")
    raise ConnectionRefusedError(f"nothing may be fetched, but {host} was asked for")


sys.addaudithook(refuse)
