"""Succeed when this container's Jupyter answers: whatever its port, base URL and certificate, past any proxy."""

import http.client
import json
import os
import ssl
import time
from pathlib import Path

# After a good answer the next probe sleeps first, since each costs processor time: `start_interval` needs engine 25.
mark = Path("/dev/shm/healthy")  # noqa: S108
if mark.exists():
    mark.unlink()
    time.sleep(10)

# The server notes there where it listens, and its token; a note may be left of one that was killed.
folder = os.environ.get("JUPYTER_RUNTIME_DIR") or f"/home/{os.environ['NB_USER']}/.local/share/jupyter/runtime"
notes = sorted(Path(folder).glob("jpserver-*.json"), key=lambda note: note.stat().st_mtime)
if not notes:
    raise SystemExit("no Jupyter server has started yet")
server = json.loads(notes[-1].read_text())

lab = http.client.HTTPConnection("127.0.0.1", server["port"], timeout=8)
if server["secure"]:  # with a certificate that may be its own; nobody stands between
    itself = ssl._create_unverified_context()  # noqa: S323
    lab = http.client.HTTPSConnection("127.0.0.1", server["port"], timeout=8, context=itself)
# Without a token, behind a password or a hub, only the version is told.
page, token = ("api/status", f"token {server['token']}") if server["token"] else ("api", "")
lab.request("GET", server["base_url"] + page, headers={"Authorization": token})
if (answer := lab.getresponse()).status != http.client.OK:
    raise SystemExit(f"Jupyter answers {answer.status} {answer.reason}")
mark.touch()
