"""What a site consists of: its ports, its first steps, its daemons. Rows only; `supervisor` is the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Port:
    """A port inside the site; when somebody else has it, the next free one is taken.

    Attributes:
        name: Name in the plan and in `ports.json`.
        default: Preferred number.
        variable: The variable by which services learn it, if all of them know it by the same name.
        span: How many consecutive ports are needed.
    """

    name: str
    default: int
    variable: str | None = None
    span: int = 1


@dataclass(frozen=True)
class Step:
    """A command that runs to its end before the daemons start.

    Attributes:
        name: Name of its log and of its completion mark.
        command: Console script and arguments; `{history}`, `{days}`, `{readings}` and `{late}` are filled in.
        says: What the person who waits is told.
        once: Only on the first start of a database; otherwise at each start (such steps repeat harmlessly).
    """

    name: str
    command: tuple[str, ...]
    says: str
    once: bool = False


@dataclass(frozen=True)
class Daemon:
    """A process that is kept running.

    Attributes:
        name: Name of its log, its pid file and its port `metrics:<name>`.
        command: Console script and arguments.
        metrics_port: Preferred port of its health and metrics.
        listens: Names of further ports that it listens on.
        extra: Variables it alone gets; `{port:<name>}` is filled in.
        wishes: Variables it gets unless the person set them; `{three_quarters}` of the history are filled in.
    """

    name: str
    command: tuple[str, ...]
    metrics_port: int
    listens: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    wishes: tuple[tuple[str, str], ...] = ()


# Account of the demo's administrator, who opens the first dashboard.
ADMIN = "administrator"
MANAGER = "manager"

PORTS = (
    Port("mariadb", 13306),
    Port("redis", 16379),
    Port("mosquitto", 11883),
    Port("api", 18000, "EMS_API_PORT"),
    Port("simulator", 15000, "EMS_SIMULATOR_ADMIN_PORT"),
    Port("modbus", 15020, "EMS_SIMULATOR_MODBUS_PORT", span=40),
)

PREPARE = (Step("migrate", ("ems-database", "migrate"), "bringing the databases up to date"),)

# Needs no database, so it runs beside `PREPARE`.
HISTORY = Step(
    "history",
    ("ems-simulator", "history", "--out", "{history}", "--days", "{days}"),
    "simulating the plant's past",
    once=True,
)

CATCH_UP = (
    # After the history, which leaves the records of its meter exchanges for the site's installer.
    Step("demo-site", ("ems-database", "demo", "--days", "{days}"), "installing the demo site"),
    Step("import", ("ems-acquisition", "import", "{readings}"), "importing the past's readings", once=True),
    Step("cleaning", ("ems-cleaning", "--once"), "judging the readings", once=True),
    Step("normalization", ("ems-normalization", "--once"), "computing hourly energy", once=True),
    Step("aggregation", ("ems-aggregation", "--once"), "computing energy, cost and carbon", once=True),
    # What a gateway delivered weeks late: the daemons find it in the journal and mend the totals.
    Step("import-late", ("ems-acquisition", "import", "{late}"), "importing what came late", once=True),
)

DAEMONS = (
    Daemon("simulator", ("ems-simulator", "run"), 19107, listens=("simulator", "modbus")),
    Daemon("acquisition", ("ems-acquisition",), 19101),
    Daemon("cleaning", ("ems-cleaning",), 19102),
    Daemon("normalization", ("ems-normalization",), 19103),
    Daemon(
        "aggregation",
        ("ems-aggregation",),
        19104,
        # Something for reports of savings, plans and predictions: the last quarter against the rest.
        wishes=(
            ("EMS_BASELINE_DAYS", "{three_quarters}"),
            ("EMS_PLAN_SAVING_PERCENT", "5"),
            ("EMS_PREDICTION_WEEKS", "4"),
        ),
    ),
    Daemon("edge-control", ("ems-edge-control", "run"), 19105),
    Daemon(
        "api",
        ("ems-api",),
        19106,
        listens=("api",),
        extra=(("EMS_EDGE_STATE_URL", "http://127.0.0.1:{port:metrics:edge-control}/state"),),
    ),
)
