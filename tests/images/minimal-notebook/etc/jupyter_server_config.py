"""The server's settings in a container; JUPYTER_PORT, JUPYTER_TOKEN and more it reads from the environment."""

import os
import subprocess
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.ServerApp.ip = ""  # every interface, IPv4 and IPv6
c.ServerApp.open_browser = False
c.FileContentsManager.delete_to_trash = False
c.InlineBackend.figure_formats = {"png", "jpeg", "svg", "pdf"}

if "GEN_CERT" in os.environ:
    certificate = Path(jupyter_data_dir()) / "notebook.pem"
    certificate.parent.mkdir(parents=True, exist_ok=True)
    certificate.touch(mode=0o600)
    request = ["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "365"]
    request += ["-subj", "/O=generated/CN=generated", "-keyout", str(certificate), "-out", str(certificate)]
    subprocess.run(request, check=True)
    c.ServerApp.certfile = str(certificate)

if "NB_UMASK" in os.environ:
    os.umask(int(os.environ["NB_UMASK"], 8))
