"""A private Redis."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path
from typing import ClassVar

from ems_site import ports
from ems_site.servers.base import Server, find_program, write_private


class Redis(Server):
    """Redis with a password, on the loop-back address; nothing is kept over a restart."""

    name: ClassVar[str] = "redis"

    def __init__(
        self, folder: Path, port: int | None = None, *, fast: bool = False, password: str | None = None
    ) -> None:
        """Declare the server; without a password a random one is made."""
        super().__init__(folder, port, fast=fast)
        self.password = password or secrets.token_hex(16)

    @property
    def environ(self) -> dict[str, str]:
        """The address with the password in it."""
        return {"EMS_REDIS_URL": f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"}

    def prepare(self) -> None:
        """Write the configuration; the password stays out of the process list."""
        lines = [
            f"bind {ports.LOOPBACK}",
            f"port {self.port}",
            f"dir {self.folder}",
            f"requirepass {self.password}",
            'save ""',
            "appendonly no",
            "daemonize no",
            "maxmemory 128mb",
            "maxmemory-policy allkeys-lru",
        ]
        write_private(self.folder / "redis.conf", "\n".join(lines) + "\n")

    def command(self) -> list[str]:
        """Give the command line."""
        return [find_program("redis-server", "redis-server"), str(self.folder / "redis.conf")]

    def is_ready(self) -> bool:
        """Log in and ping."""
        try:
            with socket.create_connection((ports.LOOPBACK, self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG" not in answer:
                    part = connection.recv(256)
                    if not part or part.startswith(b"-"):
                        return False
                    answer += part
                return True
        except OSError:
            return False
