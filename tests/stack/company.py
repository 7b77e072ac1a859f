"""A company's network, real: a proxy that wants a password and reads all TLS, an index and a mirror that only it knows.

The proxy makes its certificates with an authority of its own that nothing trusts unless told; upstream it verifies with
this machine's bundle. What it was asked for is in `asked`.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pip._internal.models.index import PyPI

# Hop by hop, or the proxy's own business.
NOT_PASSED_ON = ("host", "connection", "authorization", "proxy-authorization", "proxy-connection", "transfer-encoding")
CHALLENGES = {401: ("Authorization", "WWW-Authenticate"), 407: ("Proxy-Authorization", "Proxy-Authenticate")}
# Known to the proxy alone: no name server has it.
INNER = "packages.walls.test"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leave redirects to the client."""

    def redirect_request(self, *_: object) -> None:
        return None


class Handler(BaseHTTPRequestHandler):
    """One connection to the proxy; after CONNECT, to whatever host it asked for."""

    protocol_version = "HTTP/1.1"
    company: Company
    host = ""

    def log_message(self, *_: object) -> None:
        """Say nothing: `asked` holds it."""

    def do_CONNECT(self) -> None:
        if not self.is_admitted(self.company.person, 407):
            return
        self.host = self.path.rpartition(":")[0]
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self.company.tls(self.host).wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, ConnectionError):  # a client that does not trust the authority
            self.company.asked.append(f"REFUSED {self.host}")
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def do_GET(self) -> None:
        if not self.host and not self.is_admitted(self.company.person, 407):
            return
        url = f"https://{self.host}{self.path}" if self.host else self.path
        self.company.asked.append(url)
        if self.host != INNER:
            self.pass_on(url)
        elif self.path.startswith("/git/"):
            file = self.company.folder / self.path[1:].partition("?")[0]
            self.reply(200, {}, file.read_bytes()) if file.is_file() else self.reply(404, {}, b"")
        elif self.is_admitted(self.company.reader, 401):
            upstream, path = self.company.index_upstream, self.path.removeprefix("/simple")
            self.pass_on(upstream + path if path != self.path else self.company.mirror_upstream + path)

    def do_HEAD(self) -> None:
        self.do_GET()

    def is_admitted(self, user: str, status: int) -> bool:
        """Say whether the request holds this user and password; if not, answer with the status and its challenge."""
        header, challenge = CHALLENGES[status]
        if self.headers[header] == "Basic " + base64.b64encode(user.encode()).decode():
            return True
        self.company.asked.append(f"{status} {self.path}")
        self.reply(status, {challenge: 'Basic realm="walls"'}, b"")
        return False

    def pass_on(self, url: str) -> None:
        """Answer with what the upstream server answers; an index page is never to be cached."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
        opener = urllib.request.build_opener(NoRedirect)
        try:
            answer = opener.open(urllib.request.Request(url, headers=headers, method=self.command), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        body = answer.read()
        passed = {name: value for name, value in answer.headers.items() if name.lower() not in NOT_PASSED_ON}
        if self.command != "HEAD":
            passed = {name: value for name, value in passed.items() if name.lower() != "content-length"}
        if self.host == INNER:
            passed = {name: value for name, value in passed.items() if name.lower() != "cache-control"}
            passed["Cache-Control"] = "no-store"
        self.reply(answer.status, passed, body)

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304 and self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Company:
    """The proxy, its authority, and the names and passwords behind it.

    Args:
        folder: an empty folder for keys, certificates and the repository that can be cloned.
        gateway: this machine's address as builds and containers see it.
        mirror_upstream: scheme and host of the distribution's packages.
    """

    def __init__(self, folder: Path, gateway: str, mirror_upstream: str) -> None:
        self.folder, self.mirror_upstream = folder, mirror_upstream
        self.index_upstream = os.environ.get("PIP_INDEX_URL", PyPI.simple_url).rstrip("/")
        # `person` logs in at the proxy, `reader` at the index and the mirror.
        self.person, self.reader = (f"{name}:{secrets.token_hex(12)}" for name in ("person", "reader"))
        self.asked: list[str] = []
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.lock = threading.Lock()
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=walls authority",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        self.authority, self.key = folder / "authority.pem", folder / "authority.key"
        self.server = ThreadingHTTPServer((gateway, 0), type("Own", (Handler,), {"company": self}))
        self.address = f"{gateway}:{self.server.server_port}"
        self.proxy = f"http://{self.person}@{self.address}"
        self.mirror = f"https://{self.reader}@{INNER}"
        self.index = f"{self.mirror}/simple"
        self.make_repository()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def openssl(self, *arguments: str) -> None:
        """Run openssl in the folder."""
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def tls(self, host: str) -> ssl.SSLContext:
        """Return what makes the proxy that host for its clients."""
        with self.lock:
            if host not in self.contexts:
                self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{host}.key", "-out", f"{host}.csr", "-subj", f"/CN={host[:60]}")  # fmt: skip
                (self.folder / f"{host}.ext").write_text(
                    f"subjectAltName=DNS:{host}\nauthorityKeyIdentifier=keyid\nbasicConstraints=CA:FALSE\n"
                )
                self.openssl("x509", "-req", "-in", f"{host}.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
                    "-CAcreateserial", "-days", "2", "-extfile", f"{host}.ext", "-out", f"{host}.pem")  # fmt: skip
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.folder / f"{host}.pem", self.folder / f"{host}.key")
                self.contexts[host] = context
            return self.contexts[host]

    def make_repository(self) -> None:
        """Put a repository with one commit under /git/exercises.git."""
        work, bare = self.folder / "work", self.folder / "git" / "exercises.git"
        who = ["-c", "user.name=walls", "-c", "user.email=walls@walls.test"]
        commands: tuple[list[str | Path], ...] = (
            ["git", "init", "--quiet", work],
            ["git", "-C", work, *who, "commit", "--quiet", "--allow-empty", "--message=One"],
            ["git", "clone", "--quiet", "--bare", work, bare],
            ["git", "-C", bare, "update-server-info"],
        )
        for command in commands:
            subprocess.run(command, check=True, capture_output=True)
        shutil.rmtree(work)

    def secrets(self) -> dict[str, bytes]:
        """Return what no image may hold, by name: the authority's key, passwords, addresses."""
        key, certificate = (file.read_text().splitlines()[1:-1] for file in (self.key, self.authority))
        texts = {
            "the authority's key": key[1],
            "the authority's certificate": certificate[-2],
            "the proxy's password": self.person.partition(":")[2],
            "the proxy's login in a header": base64.b64encode(self.person.encode()).decode(),
            "the proxy's address": self.address,
            "the index's password": self.reader.partition(":")[2],
            "the index's login in a header": base64.b64encode(self.reader.encode()).decode(),
            "the index's and the mirror's name": INNER,
        }
        # PKCS 8 for P-256: 36 bytes that say so, then the key's 32.
        binary = base64.b64decode("".join(key))[36:68]
        return {"the authority's key, binary": binary, **{name: text.encode() for name, text in texts.items()}}

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()
