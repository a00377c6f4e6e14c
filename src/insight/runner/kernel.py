"""How the runner starts kernels: forked from the run's server where there is one, and on sockets of their own."""

import os
import tempfile
import uuid
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir

from insight.runner import warm


class WarmProvisioner(LocalProvisioner):
    """Gets a kernel's process from the run's server, which has its libraries loaded."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel in place of starting a new Python by the command."""
        forked = warm.fork(
            os.environ[warm.SERVER],
            _run_kernel,
            self.parent.connection_file,  # type: ignore[union-attr]  # whoever is launched has a parent
            environment=kwargs["env"],
            folder=Path.cwd(),
        )
        self.process = forked  # type: ignore[assignment]  # whatever can be waited for and signalled will do
        self.pid = self.pgid = forked.pid
        return self.connection_info


def _run_kernel(connection_file: str, connection: Connection) -> None:
    app = IPKernelApp.instance(parent_handle=os.getppid())
    # Where the run was killed meanwhile and its folder is gone, IPython would make one among the temporary files.
    tempfile.tempdir = str(Path(os.environ["IPYTHONDIR"]).parent)
    try:
        app.initialize(["-f", connection_file])
    except FileNotFoundError:
        return
    tempfile.tempdir = None
    app.start()


class SocketKernelManager(AsyncKernelManager):
    """Talks to its kernel over sockets in the file system: two runs side by side cannot race for a TCP port."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Left alone, every kernel's sockets would be called `kernel-ipc` in the working directory.
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(parents=True, exist_ok=True)
        sockets = str(folder / f"k-{uuid.uuid4().hex[:12]}")
        # Left alone, what tells how to reach the kernel would lie among the system's temporary files for good.
        super().__init__(*args, **{**kwargs, "transport": "ipc", "ip": sockets, "connection_file": f"{sockets}.json"})

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None and warm.SERVER in os.environ:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = WarmProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)
