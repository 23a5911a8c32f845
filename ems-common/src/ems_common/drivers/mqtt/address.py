"""Connection and point address of MQTT, as the JSON of `tbl_data_sources` and `tbl_points` holds them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class MqttConnection(Struct, frozen=True):
    """How to reach a broker.

    Attributes:
        host: Name or address.
        port: TCP port.
        user: User name; empty for none.
        password: Its password.
        client_id: Stable name of the session; messages that came while we were away belong to it.
        qos: Quality of service of the subscriptions.
        topic: Topic of the points that name none.
        version: Protocol version; ``auto`` tries 5 first.
        share_group: Instances with the same group divide the messages among them (shared subscription).
        keepalive_s: Pause after which a silent connection is probed [s].
        session_expiry_s: How long the broker keeps messages for us while we are away [s].
        receive_maximum: Most messages on their way to us that are not yet acknowledged.
        tls: Encrypt, and check the broker's certificate.
        ca_file: Certificates to trust instead of the system's.
        storage_interval_s: Least distance of two stored readings of a point; every reading if absent [s].
    """

    host: Annotated[str, Meta(min_length=1, description="Host name or address")]
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port")] = 1883
    user: str = ""
    password: str = ""
    client_id: Annotated[str, Meta(max_length=128, description="Stable session name")] = ""
    qos: Literal[0, 1, 2] = 1
    topic: str = ""
    version: Literal["auto", "5", "3.1.1"] = "auto"
    share_group: Annotated[str, Meta(pattern="^[^/+#]*$", description="Group that shares the messages")] = ""
    keepalive_s: Annotated[int, Meta(ge=5, le=3600)] = 30
    session_expiry_s: Annotated[int, Meta(ge=0, le=31_536_000)] = 604_800
    receive_maximum: Annotated[int, Meta(ge=1, le=65535)] = 2000
    tls: bool = False
    ca_file: str = ""
    storage_interval_s: Annotated[float, Meta(ge=0, le=86400)] | None = None

    def __repr__(self) -> str:
        """Without the password."""
        return f"MqttConnection(host={self.host!r}, port={self.port}, user={self.user!r})"


class MqttAddress(Struct, frozen=True):
    r"""Where in which messages a value is.

    Attributes:
        topic: Topic filter, wildcards ``+`` and ``#`` allowed; the connection's topic when empty.
        path: Dotted path into the JSON payload (``power.l1``, ``phases.0.kw``; ``\.`` is a dot in a name);
            the whole payload when empty.
        time_path: Path of the measuring time: ISO 8601 (UTC when it has no zone) or epoch in s, ms or µs.
            The time of arrival when empty.
        items_path: Path of the array of samples inside the payload; a payload that is itself an array
            needs none.
        scale: The number times this is the value; setting divides by it.
        set_topic: Topic to which a value to be set is published; without one the point cannot be set.
        set_payload: What is published there, ``$s1`` standing for the value.
    """

    topic: Annotated[str, Meta(max_length=65535, description="Topic filter")] = ""
    path: Annotated[str, Meta(description="Dotted path of the value")] = ""
    time_path: Annotated[str, Meta(description="Dotted path of the time")] = ""
    items_path: Annotated[str, Meta(description="Dotted path of an array of samples")] = ""
    scale: float = 1.0
    set_topic: Annotated[str, Meta(max_length=65535, description="Topic for setting the value")] = ""
    set_payload: Annotated[str, Meta(description="Payload for setting it; $s1 is the value")] = "$s1"
