"""How the runner starts kernels."""

from jupyter_client.manager import AsyncKernelManager


class SocketKernelManager(AsyncKernelManager):
    """Talks to its kernel over sockets in the file system: two runs side by side cannot race for a TCP port."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **{**kwargs, "transport": "ipc"})
