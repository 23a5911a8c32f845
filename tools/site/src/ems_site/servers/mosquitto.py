"""A private Mosquitto (MQTT 3.1.1 and 5)."""

from __future__ import annotations

import socket
from typing import ClassVar

from ems_site import ports
from ems_site.servers.base import Server, find_program, runs_as_root, write_private

# MQTT 3.1.1 CONNECT: clean session, keep-alive 5 s, client id "ready?" [MQTT-3.1].
_CONNECT = b"\x10\x12\x00\x04MQTT\x04\x02\x00\x05\x00\x06ready?"
_CONNACK_ACCEPTED = b"\x20\x02\x00\x00"


class Mosquitto(Server):
    """A broker on the loop-back address, open to every local process.

    Messages in flight survive a restart except with `fast`.
    """

    name: ClassVar[str] = "mosquitto"

    @property
    def environ(self) -> dict[str, str]:
        """Host and port."""
        return {"EMS_MQTT_HOST": ports.LOOPBACK, "EMS_MQTT_PORT": str(self.port)}

    def prepare(self) -> None:
        """Write the configuration."""
        lines = [
            f"listener {self.port} {ports.LOOPBACK}",
            "allow_anonymous true",
            "max_queued_messages 20000",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "log_type notice",
            "connection_messages false",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        ]
        lines += (
            ["persistence false"]
            if self.fast
            else ["persistence true", f"persistence_location {self.folder}/", "autosave_interval 60"]
        )
        if runs_as_root():
            lines.append("user root")  # otherwise it changes to a user who may not read this folder
        write_private(self.folder / "mosquitto.conf", "\n".join(lines) + "\n")

    def command(self) -> list[str]:
        """Give the command line."""
        return [find_program("mosquitto", "mosquitto"), "-c", str(self.folder / "mosquitto.conf")]

    def is_ready(self) -> bool:
        """Connect as an MQTT client."""
        try:
            with socket.create_connection((ports.LOOPBACK, self.port), timeout=1.0) as connection:
                connection.sendall(_CONNECT)
                accepted = connection.recv(4) == _CONNACK_ACCEPTED
                connection.sendall(b"\xe0\x00")  # DISCONNECT
                return accepted
        except OSError:
            return False
