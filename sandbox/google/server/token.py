"""OAuth token endpoint of the Google emulator: refresh_token grants over plain loopback HTTP.

Shape: POST form grant_type=refresh_token, refresh_token, client_id, client_secret, as
https://oauth2.googleapis.com/token takes it; answers access_token, expires_in, scope, token_type.
"""

import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs

SCOPE = "https://www.googleapis.com/auth/adwords"
TokenState = Literal["good", "expired", "unknown"]
_Answer = tuple[int, dict[str, object]]


@dataclass(frozen=True)
class OAuthClient:
    """The only client and refresh token that the endpoint accepts."""

    client_id: str
    client_secret: str
    refresh_token: str


class TokenIssuer:
    """Issues signed access tokens, which expire by real time, not by the market's clock.

    The signing key is in `state_dir`, so tokens issued before a restart stay valid.
    """

    def __init__(self, state_dir: Path, *, lifetime_seconds: int = 3600) -> None:
        self.lifetime_seconds = lifetime_seconds
        self._key = _signing_key(state_dir / "google_token.key")
        self._not_before = 0.0

    def issue(self) -> str:
        body = f"{time.time():.6f}.{secrets.token_urlsafe(12)}"
        return f"ya29.{body}.{self._signature(body)}"

    def token_state(self, token: str) -> TokenState:
        body, _, signature = token.removeprefix("ya29.").rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return "unknown"
        issued = float(body.rpartition(".")[0])
        alive = self._not_before <= issued and time.time() < issued + self.lifetime_seconds
        return "good" if alive else "expired"

    def expire_all(self) -> None:
        """Expire every token issued so far; a refresh gives a new one."""
        self._not_before = time.time()

    def _signature(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), "sha256").hexdigest()


def _signing_key(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


class TokenServer:
    """A small HTTP server with one path, `/token`.

    `is_revoked` is called on each grant; True makes the answer invalid_grant.
    """

    def __init__(
        self,
        client: OAuthClient,
        issuer: TokenIssuer,
        is_revoked: Callable[[], bool],
        *,
        host: str,
        port: int,
    ) -> None:
        def answer(form: dict[str, str]) -> _Answer:
            return grant_token(form, client, issuer, is_revoked=is_revoked)

        self._server = ThreadingHTTPServer((host, port), _handler_class(answer))
        self._server.daemon_threads = True
        self.uri = f"http://{host}:{self._server.server_port}/token"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="google-token", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def grant_token(
    form: dict[str, str],
    client: OAuthClient,
    issuer: TokenIssuer,
    *,
    is_revoked: Callable[[], bool],
) -> _Answer:
    """Answer one token request: (HTTP status, JSON body)."""
    credentials = (form.get("client_id"), form.get("client_secret"))
    if credentials != (client.client_id, client.client_secret):
        # Google answers 401 here and 400 for the rest (RFC 6749, section 5.2).
        return 401, _oauth_error("invalid_client", "The OAuth client or its secret is wrong.")
    if form.get("grant_type") != "refresh_token":
        return 400, _oauth_error(
            "unsupported_grant_type", "Only grant_type=refresh_token is served."
        )
    if form.get("refresh_token") != client.refresh_token or is_revoked():
        return 400, _oauth_error("invalid_grant", "Token has been expired or revoked.")
    return 200, {
        "access_token": issuer.issue(),
        "expires_in": issuer.lifetime_seconds,
        "scope": SCOPE,
        "token_type": "Bearer",
    }


def _oauth_error(code: str, description: str) -> dict[str, object]:
    return {"error": code, "error_description": description}


def _handler_class(answer: Callable[[dict[str, str]], _Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write per answer: unbuffered small writes wait for delayed ACKs

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/token":
                self._send(404, {"error": "not_found", "error_description": "POST /token only."})
                return
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self._send(*answer(form))

        def _send(self, status: int, payload: dict[str, object]) -> None:
            body = json.dumps(payload).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """No log: form bodies contain credentials."""

    return Handler
