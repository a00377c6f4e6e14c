"""How the runner starts kernels."""

import uuid
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir


class SocketKernelManager(AsyncKernelManager):
    """Talks to its kernel over sockets in the file system: two runs side by side cannot race for a TCP port."""

    def __init__(self, *args, **kwargs) -> None:
        # Left alone, every kernel's sockets would be called `kernel-ipc` in the working directory.
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(parents=True, exist_ok=True)
        sockets = str(folder / f"k-{uuid.uuid4().hex[:12]}")
        super().__init__(*args, **{**kwargs, "transport": "ipc", "ip": sockets})
