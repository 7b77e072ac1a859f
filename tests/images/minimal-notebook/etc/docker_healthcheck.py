#!/usr/bin/env python
"""Succeed when this container's Jupyter server answers its API, on whatever port and base URL it runs."""

import json
import os
import ssl
import urllib.request
from pathlib import Path

# The server's runtime folder lies in its user's home, also where this check runs as root.
os.environ["HOME"] = str(Path("/home") / os.environ["NB_USER"])


def newest_server() -> str:
    """The URL of the server that started last; raises where none runs."""
    from jupyter_core.paths import jupyter_runtime_dir

    files = sorted(Path(jupyter_runtime_dir()).glob("*server-*.json"), key=lambda file: file.stat().st_mtime)
    if not files:
        raise SystemExit("no Jupyter server has started yet")
    url: str = json.loads(files[-1].read_text())["url"]
    return url


def main() -> None:
    """Ask the server directly: past any proxy, and with GEN_CERT's own certificate."""
    any_certificate = ssl.create_default_context()
    any_certificate.check_hostname = False
    any_certificate.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=any_certificate)
    )
    with opener.open(newest_server() + "api") as answer:
        print(answer.read().decode())


if __name__ == "__main__":
    main()
