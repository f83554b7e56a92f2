"""A receiver on this machine that speaks as the robots of chat groups do, and as programs behind webhooks do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TAKEN = 200, {"errcode": 0, "errmsg": "ok"}
KEY, TOKEN, SECRET = "key-of-wecom", "tokenofdingtalk", "SECofdingtalk"


@dataclass
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, Any]
Speaker = Callable[[Asked], Answer]


@dataclass
class Receiver:
    """What came in, and how it answers: by `speaks`, unless a mood comes first (`drop`, `stall`, or an answer)."""

    speaks: Speaker = lambda asked: TAKEN
    moods: list[str | Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    over: Event = field(default_factory=Event)


@contextmanager
def receiving(speaks: Speaker = lambda asked: TAKEN) -> Iterator[Receiver]:
    """A receiver on a free port; what stalls is let go when the test is over."""
    receiver = Receiver(speaks)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            _answer(self, receiver)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    parts = urlsplit(handler.path)
    body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    headers = {name.lower(): value for name, value in handler.headers.items()}
    receiver.asked.append(asked := Asked(parts.path, query, headers, body))
    mood = receiver.moods.pop(0) if receiver.moods else None
    if mood == "drop":
        handler.close_connection = True
        return
    if mood == "stall":
        receiver.over.wait()
        return
    status, told = mood if isinstance(mood, tuple) else receiver.speaks(asked)
    content = json.dumps(told).encode()
    handler.send_response(status)
    if status in (301, 302, 307, 308):
        handler.send_header("Location", f"{receiver.address}/elsewhere")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def wecom(asked: Asked) -> Answer:
    """企业微信: the key in the query, `{"msgtype": "text", "text": {"content": …}}`, at most 2048 bytes."""
    if asked.path != "/cgi-bin/webhook/send" or asked.query.get("key") != KEY:
        return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
    told = asked.told
    whole = told.get("msgtype") == "text" and 0 < len(told["text"]["content"].encode()) <= 2048
    return TAKEN if whole else (200, {"errcode": 40008, "errmsg": "invalid message type"})


def dingtalk(asked: Asked) -> Answer:
    """钉钉: the token, and the secret's signature over the moment: Base64 of HMAC-SHA256 over `timestamp\\nsecret`."""
    if asked.path != "/robot/send" or asked.query.get("access_token") != TOKEN:
        return 200, {"errcode": 300001, "errmsg": "token is not exist"}
    signed = f"{asked.query.get('timestamp')}\n{SECRET}".encode()
    right = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    if asked.query.get("sign") != right:
        return 200, {"errcode": 310000, "errmsg": "sign not match"}
    return TAKEN if asked.told["text"]["content"] else (200, {"errcode": 40035, "errmsg": "no text"})


def feishu(asked: Asked) -> Answer:
    """飞书: the token in the path, `{"msg_type": "text", "content": {"text": …}}`; its number is called `code`."""
    if not asked.path.startswith("/open-apis/bot/v2/hook/"):
        return 200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
    told = asked.told
    if told.get("msg_type") != "text" or not told["content"]["text"]:
        return 200, {"code": 9499, "msg": "Bad Request"}
    return 200, {"code": 0, "msg": "success", "data": {}}
