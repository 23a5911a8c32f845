"""Settings of the API service, read from `EMS_*` variables."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from zoneinfo import ZoneInfo

from ems_common.db import DatabaseSettings
from ems_common.errors import BadInput
from ems_common.log import LogSettings
from ems_common.settings import Secret, setting
from ems_common.telemetry import TelemetrySettings


@dataclass(frozen=True)
class ServerSettings:
    """Where and how requests are served."""

    host: str = setting("EMS_API_HOST", default="127.0.0.1", help="Address the API listens on.")
    port: int = setting("EMS_API_PORT", default=18000, minimum=0, maximum=65535, help="Port of the API.")
    workers: int = setting("EMS_API_WORKERS", default=2, minimum=1, maximum=64, help="Worker processes.")
    threads: int = setting("EMS_API_THREADS", default=16, minimum=2, maximum=512, help="Threads per worker.")
    keep_alive_s: int = setting(
        "EMS_API_KEEP_ALIVE_S",
        default=30,
        minimum=0,
        maximum=600,
        help="How long an idle connection stays open [s].",
    )
    requests_per_s: float = setting(
        "EMS_API_REQUESTS_PER_S",
        default=0.0,
        minimum=0,
        help="Requests per second of one user or API key, twice as many at once; 0 = no limit.",
    )
    address_requests_per_s: float = setting(
        "EMS_API_ADDRESS_REQUESTS_PER_S",
        default=0.0,
        minimum=0,
        help="Requests per second from one network address, twice as many at once; 0 = no limit.",
    )
    trusted_proxies: str = setting(
        "EMS_API_TRUSTED_PROXIES",
        default="127.0.0.0/8,::1",
        help="Networks of the proxies that tell the address of a client, separated by commas.",
    )
    max_body_bytes: int = setting(
        "EMS_API_MAX_BODY_BYTES",
        default=16_777_216,
        minimum=1024,
        help="Largest request body accepted [bytes].",
    )
    report_cache_mib: int = setting(
        "EMS_REPORT_CACHE_MIB",
        default=64,
        minimum=0,
        maximum=65_536,
        help="Hourly values that a worker keeps for reports while they stand [MiB]; 0 = none.",
    )

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks of trusted proxies.

        Raises:
            BadInput: One of them is none.
        """
        try:
            return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())
        except ValueError as ex:
            raise BadInput(f"EMS_API_TRUSTED_PROXIES: {ex}") from ex


@dataclass(frozen=True)
class SiteSettings:
    """What the API knows of the site before it looks into a database."""

    time_zone: str = setting("EMS_TIME_ZONE", default="Europe/London", help="IANA zone of the site.")
    currency: str = setting("EMS_CURRENCY", default="GBP", help="Unit of cost and income in reports.")
    hour_minutes: int = setting(
        "EMS_HOUR_MINUTES",
        default=60,
        choices=(60, 30, 15),
        help="Length of a slot [minutes]; the same for all services.",
    )
    name: str = setting(
        "EMS_SITE_NAME", default="", help="Name of the site; the root space's name when empty."
    )
    report_logo: str = setting(
        "EMS_REPORT_LOGO",
        default="",
        help="Logo of report files: an SVG, PNG or JPEG file up to 500 kB; the product's own when empty.",
    )
    var_dir: str = setting("EMS_VAR_DIR", default="var", help="Folder for uploaded files and worker state.")

    @property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class AccountSettings:
    """Sessions and passwords."""

    session_s: int = setting(
        "EMS_SESSION_S", default=28_800, minimum=60, help="Life of a session after sign-in [s]."
    )
    max_failed_logins: int = setting(
        "EMS_MAX_FAILED_LOGINS", default=3, minimum=1, help="Wrong passwords in a row that lock an account."
    )
    failures_per_minute: float = setting(
        "EMS_FAILED_LOGINS_PER_MINUTE",
        default=60.0,
        minimum=0,
        help="Wrong passwords per minute and address, beyond which sign-in is refused; 0 = no limit.",
    )
    audit_days: int = setting(
        "EMS_AUDIT_DAYS",
        default=0,
        minimum=0,
        help="How long lines of the audit and activity logs are kept [days]; 0 = for ever.",
    )
    password_life_days: int = setting(
        "EMS_PASSWORD_LIFE_DAYS", default=365, minimum=1, help="Life of a newly set password [days]."
    )
    password_length: int = setting(
        "EMS_PASSWORD_LENGTH", default=8, minimum=1, maximum=64, help="Least length of a new password."
    )
    password_kinds: int = setting(
        "EMS_PASSWORD_KINDS",
        default=0,
        minimum=0,
        maximum=4,
        help="How many of small letters, capitals, digits, others a new password needs; 0 = no such rule.",
    )
    password_history: int = setting(
        "EMS_PASSWORD_HISTORY",
        default=5,
        minimum=0,
        maximum=24,
        help="How many of a user's last passwords, the present one included, may not be taken again.",
    )
    secrets_key: Secret = setting(
        "EMS_SECRETS_KEY",
        default=Secret(""),
        help="Encrypts the keys of second factors; made up in the state folder when blank. One for all.",
    )
    totp_issuer: str = setting(
        "EMS_TOTP_ISSUER", default="Energy management", help="Name of the site in authenticator apps."
    )
    argon2_time_cost: int = setting(
        "EMS_ARGON2_TIME_COST", default=2, minimum=1, maximum=20, help="Passes of Argon2 over its memory."
    )
    argon2_memory_kib: int = setting(
        "EMS_ARGON2_MEMORY_KIB",
        default=19_456,
        minimum=8,
        help="Memory of Argon2 [KiB] (OWASP minimum 19456).",
    )


@dataclass(frozen=True)
class OidcSettings:
    """Sign-in by an OpenID Connect provider; off while the issuer is blank."""

    issuer: str = setting("EMS_OIDC_ISSUER", default="", help="Issuer address of the identity provider.")
    client_id: str = setting("EMS_OIDC_CLIENT_ID", default="", help="Our client's name at the provider.")
    client_secret: Secret = setting(
        "EMS_OIDC_CLIENT_SECRET", default=Secret(""), help="Its secret; blank for a public client."
    )
    redirect_url: str = setting(
        "EMS_OIDC_REDIRECT_URL",
        default="",
        help="Page of the front end to which the provider sends users back.",
    )
    scopes: str = setting(
        "EMS_OIDC_SCOPES", default="openid email profile", help="Scopes asked of the provider."
    )
    name: str = setting("EMS_OIDC_NAME", default="Single sign-on", help="Text of the sign-in button.")


@dataclass(frozen=True)
class NeighbourSettings:
    """Other processes the API speaks to; each may be absent."""

    redis_url: Secret = setting(
        "EMS_REDIS_URL", default=Secret(""), help="Redis for live values and kept reports; empty = none."
    )
    mqtt_host: str = setting(
        "EMS_MQTT_HOST", default="127.0.0.1", help="Broker to which commands are published."
    )
    mqtt_port: int = setting(
        "EMS_MQTT_PORT", default=11883, minimum=1, maximum=65535, help="Port of that broker."
    )
    mqtt_user: str = setting("EMS_MQTT_USER", default="", help="User at the broker.")
    mqtt_password: Secret = setting("EMS_MQTT_PASSWORD", default=Secret(""), help="Password at the broker.")
    edge_state_url: str = setting(
        "EMS_EDGE_STATE_URL",
        default="http://127.0.0.1:19105/state",
        help="State page of edge-control; asked when Redis is absent.",
    )
    ai_url: str = setting("EMS_AI_URL", default="", help="Chat completions address of the report assistant.")
    ai_key: Secret = setting("EMS_AI_KEY", default=Secret(""), help="Its key.")
    ai_model: str = setting("EMS_AI_MODEL", default="deepseek-chat", help="Its model.")


@dataclass(frozen=True)
class ReportSettings:
    """Reports as jobs, and their mails."""

    workers: int = setting(
        "EMS_REPORT_WORKERS",
        default=1,
        minimum=0,
        maximum=16,
        help="Processes beside the API that carry out report jobs; 0 = none on this host.",
    )
    keep_days: int = setting(
        "EMS_REPORT_KEEP_DAYS", default=30, minimum=1, help="Days that the files of report jobs are kept [d]."
    )
    keep_mib: int = setting(
        "EMS_REPORT_KEEP_MIB",
        default=2048,
        minimum=1,
        help="Most space for the files of report jobs; beyond it the oldest go first [MiB].",
    )
    mail_ca_file: str = setting(
        "EMS_MAIL_CA_FILE",
        default="",
        help="Certificates trusted in mail servers, where these are not signed by a public authority.",
    )


@dataclass(frozen=True)
class ApiSettings:
    """All settings of this service."""

    server: ServerSettings
    site: SiteSettings
    accounts: AccountSettings
    oidc: OidcSettings
    neighbours: NeighbourSettings
    reports: ReportSettings
    db: DatabaseSettings
    telemetry: TelemetrySettings
    log: LogSettings
