"""A client of JupyterLab's server, as somebody's browser is one: requests, and kernels over a websocket."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect


class CellError(Exception):
    """A cell raised; the message is what Lab shows of it."""


@dataclass
class Kernel:
    """A kernel, and the wire to it."""

    wire: WebSocketClientConnection
    session: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def run(self, code: str) -> str:
        """Run a cell; return what it prints once the kernel has said that it is done.

        Raises:
            CellError: the cell raised.
            ConnectionError: the wire was cut, or the kernel is gone.
        """
        number, said, failed, open_ends = uuid.uuid4().hex, list[str](), "", {"execute_reply", "idle"}
        header = {"msg_id": number, "username": "", "session": self.session, "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": {**header, "msg_type": "execute_request"}, "parent_header": {}, "metadata": {}}
        await self.wire.write_message(json.dumps({**message, "content": content, "channel": "shell"}))
        while open_ends:
            text = await self.wire.read_message()
            if text is None:
                raise ConnectionError("the server closed the kernel's websocket")
            answer = json.loads(text)
            if answer["parent_header"].get("msg_id") != number:
                continue
            kind, content = answer["msg_type"], answer["content"]
            if kind == "stream" and content["name"] == "stdout":
                said.append(content["text"])
            elif kind == "error":
                failed = "\n".join(content["traceback"])
            open_ends.discard(content["execution_state"] if kind == "status" else kind)
        if failed:
            raise CellError(failed)
        return "".join(said).strip()


@dataclass
class Lab:
    """JupyterLab's server as it is reached from here.

    Attributes:
        address: the scheme, host and port.
        token: the one of .env.
        authority: the file of the authority whose certificates are believed; None for the system's.
    """

    address: str
    token: str
    authority: str | None = None

    def request(self, address: str, **options: Any) -> HTTPRequest:  # noqa: ANN401 - tornado's
        """Return a request with the token."""
        headers = {"Authorization": f"token {self.token}"}
        return HTTPRequest(address, headers=headers, ca_certs=self.authority, request_timeout=120, **options)

    async def ask(self, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        """Return what the server answers to a request; HTTPClientError where it refuses."""
        answer = await AsyncHTTPClient().fetch(self.request(self.address + path, **options))
        return json.loads(answer.body or b"null")

    @asynccontextmanager
    async def kernel(self) -> AsyncIterator[Kernel]:
        """Start a kernel, and end it at the end."""
        path = f"/api/kernels/{(await self.ask('/api/kernels', method='POST', body='{}'))['id']}"
        try:
            address = f"ws{self.address.removeprefix('http')}{path}/channels"
            wire = await websocket_connect(self.request(address), max_message_size=2**26)
            try:
                yield Kernel(wire)
            finally:
                wire.close()
        finally:
            await self.ask(path, method="DELETE")
