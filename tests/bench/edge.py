"""Rhythm and reaction of the control loop: `make bench-edge`.

Three parts. The daemon against `EMS_BENCH_DEVICES` Modbus TCP devices (default 20) of 40 registers at 10 Hz over real
sockets, for `EMS_BENCH_SECONDS` (default 60; the goal is stated for 1800), held on one core while the devices
have the other. The same with 5 devices at a cycle of 20 ms. And the computation of a cycle with 50 controllers.
Beside each run a bare sleeper on the same core tells how late the machine itself is.
"""

from __future__ import annotations

import gc
import json
import math
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, at_most, machine, publish

SECONDS = float(os.environ.get("EMS_BENCH_SECONDS", "60"))
DEVICES = int(os.environ.get("EMS_BENCH_DEVICES", "20"))
STEPS = 40
LIMIT_W = 120_000


def figure(name: str, value: float, unit: str, limit: float | None = None) -> Figure:
    """A figure, with a goal when there is one."""
    value = round(value, 3)
    return Figure(name, value, unit) if limit is None else at_most(name, value, unit, limit)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def site_file(ports: list[int], cycle_s: float) -> str:
    """Meter, battery and further meters with forty registers each."""
    rest = "\n".join(
        f"  - id: meter{i}\n    nature: meter\n    properties: {{type: CONSUMPTION_METERED}}\n    device:\n"
        f"      protocol: modbus-tcp\n      connection: {{host: 127.0.0.1, port: {port}, timeout_s: 0.5}}\n"
        "      read:\n"
        + "\n".join(
            f'        {name}: {{offset: {2 * k}, format: ">f"}}' for k, name in enumerate(METER_CHANNELS)
        )
        for i, port in enumerate(ports[2:], start=2)
    )
    grid = "\n".join(
        f'        {name}: {{offset: {2 * k}, format: ">f"}}' for k, name in enumerate(METER_CHANNELS[:18])
    )
    return f"""
cycle_s: {cycle_s}
components:
  - id: grid0
    nature: meter
    required: true
    properties: {{type: GRID}}
    device:
      protocol: modbus-tcp
      connection: {{host: 127.0.0.1, port: {ports[0]}, timeout_s: 0.5}}
      read:
{grid}
      alive: {{offset: 36, format: ">I", max_still_s: 1.0}}
  - id: ess0
    nature: managed-symmetric-ess
    required: true
    properties: {{gridMode: 1}}
    device:
      protocol: modbus-tcp
      connection: {{host: 127.0.0.1, port: {ports[1]}, timeout_s: 0.5}}
      read:
        Soc: {{offset: 0, format: ">H", scale: 0.01}}
        ActivePower: {{offset: 4, format: ">i"}}
        AllowedChargePower: {{offset: 8, format: ">I", scale: -1}}
        AllowedDischargePower: {{offset: 10, format: ">I"}}
        MaxApparentPower: {{offset: 14, format: ">I"}}
        ReactivePower: {{offset: 38, format: ">i"}}
      write:
        SetActivePower: {{offset: 40, format: ">i", safe: 0, every_s: {cycle_s}}}
{rest}
controllers:
  - {{id: protect0, type: protection, priority: 0, properties: {{ess_id: ess0}}}}
  - id: shave0
    type: peak-shaving
    priority: 20
    properties: {{ess_id: ess0, meter_id: grid0, peakShavingPower: {LIMIT_W}, rechargePower: 60000, margin: 1200}}
"""


METER_CHANNELS = (
    *(f"{name}{phase}" for name in ("ActivePower", "ReactivePower") for phase in ("", "L1", "L2", "L3")),
    *(f"{name}{phase}" for name in ("Voltage", "Current") for phase in ("", "L1", "L2", "L3")),
    "Frequency",
    "ActiveProductionEnergy",
    "ActiveConsumptionEnergy",
    "ActiveProductionEnergyL1",
)


class Run:
    """Devices and daemon, each on a core of its own where there are two."""

    def __init__(self, folder: Path, devices: int, cycle_s: float) -> None:
        ports = free_ports(devices + 1)
        self.port, ports = ports[0], ports[1:]
        here = Path(__file__).parent
        self.plant = subprocess.Popen(
            [sys.executable, str(here / "edge_devices.py"), *map(str, ports)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()
        config = folder / "edge.yaml"
        config.write_text(site_file(ports, cycle_s))
        environ = os.environ | {
            "EMS_EDGE_CONFIG": str(config),
            "EMS_VAR_DIR": str(folder / "var"),
            "EMS_METRICS_PORT": str(self.port),
            "EMS_DB_PORT": "1",
            "EMS_DB_PASSWORD": "none",
            "EMS_REDIS_URL": "",
            "EMS_LOG_LEVEL": "warning",
        }
        self.edge = subprocess.Popen([sys.executable, "-m", "ems_edge_control.main", "run"], env=environ)
        cores = sorted(os.sched_getaffinity(0))
        self.yardstick = subprocess.Popen(
            [sys.executable, str(here / "yardstick.py"), str(cycle_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if len(cores) > 1:
            os.sched_setaffinity(self.edge.pid, {cores[0]})
            os.sched_setaffinity(self.yardstick.pid, {cores[0]})
            os.sched_setaffinity(self.plant.pid, {cores[1]})

    def _read(self) -> dict[str, Any]:
        assert self.plant.stdout is not None
        answer: dict[str, Any] = json.loads(self.plant.stdout.readline())
        return answer

    def tell(self, **command: float) -> dict[str, Any]:
        """Send a command to the plant; its state."""
        assert self.plant.stdin is not None
        self.plant.stdin.write(json.dumps(command) + "\n")
        self.plant.stdin.flush()
        return self._read()

    def state(self) -> dict[str, Any]:
        """The daemon's state page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/state", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def wait_ready(self) -> None:
        """Until the loop runs."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if self.state().get("state") in {"run", "degraded"}:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise SystemExit("the loop did not start")

    def memory_mib(self) -> float:
        """Resident memory of the daemon."""
        for line in Path(f"/proc/{self.edge.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return math.nan

    def cpu_s(self) -> float:
        """Processor time of the daemon."""
        fields = Path(f"/proc/{self.edge.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def machine_jitter(self) -> dict[str, Any]:
        """End the bare sleeper; how late it was woken."""
        found: dict[str, Any] = json.loads(self.yardstick.communicate()[0])
        return found

    def stop(self) -> None:
        """End all."""
        if self.yardstick.poll() is None:
            self.yardstick.communicate()
        self.edge.send_signal(signal.SIGTERM)
        try:
            self.edge.wait(10)
        except subprocess.TimeoutExpired:
            self.edge.kill()
        assert self.plant.stdin is not None
        self.plant.stdin.close()
        self.plant.wait(5)


def percentile(values: list[float], share: float) -> float:
    """A percentile of some values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def rhythm(devices: int, cycle_s: float, seconds: float, goals: bool) -> list[Figure]:
    """Run the daemon and step the load now and then."""
    with tempfile.TemporaryDirectory() as name:
        run = Run(Path(name), devices, cycle_s)
        try:
            run.wait_ready()
            time.sleep(3)
            before = run.state()["loop"]
            memory, cpu, began = run.memory_mib(), run.cpu_s(), time.monotonic()
            steps = max(4, min(STEPS, int(seconds / 1.5)))
            for i in range(steps):
                time.sleep(max(0.0, seconds / steps - 0.75) + 0.25 * random.random())
                _step(run, 250_000 if i % 2 == 0 else 90_000)
            time.sleep(5.5)  # the page works its percentiles out every five seconds
            loop, plant = run.state()["loop"], run.tell()
            took = time.monotonic() - began
            label = f"{devices} devices, {cycle_s * 1e3:.0f} ms: "
            told = [h["from_told_ms"] for h in plant["heard"]]
            bare = run.machine_jitter()
            print(f"{label}loop runs as {loop.get('rank', 'plain')}, bare sleeper as {bare['policy']}")
            return [
                figure(label + "yardstick: a bare sleeper's jitter p99", bare["p99_ms"], "ms"),
                figure(label + "yardstick: a bare sleeper's jitter max", bare["max_ms"], "ms"),
                figure(
                    label + "yardstick: stalls of the machine that cost a cycle", bare["stalls"], "stalls"
                ),
                figure(label + "jitter p99", loop["jitter_p99_ms"], "ms", 2.0 if goals else None),
                figure(label + "jitter max", loop["jitter_max_ms"], "ms"),
                figure(label + "overruns", loop["overruns"] - before["overruns"], "cycles", 0),
                figure(label + "cycle computation p99", loop["cycle_p99_ms"], "ms"),
                figure(
                    label + "reading to set-point p99, without the wait",
                    loop["write_p99_ms"],
                    "ms",
                    20.0 if goals else None,
                ),
                figure(
                    label + "new value at the driver to set-point p99, with the wait",
                    percentile(told, 0.99),
                    "ms",
                ),
                figure(
                    label + "load step to grid under its limit, worst",
                    max(plant["under_ms"], default=math.nan),
                    "ms",
                    300.0 if goals else None,
                ),
                figure(label + "processor", 100 * (run.cpu_s() - cpu) / took, "% of a core"),
                figure(label + "memory growth", run.memory_mib() - memory, "MiB", 5.0 if goals else None),
                figure(label + "reads per second", plant["reads"] / took, "1/s"),
            ]
        finally:
            run.stop()


def _step(run: Run, load_w: float) -> None:
    """Change the load; when it rises, wait until the grid is back under its limit, as the plant itself sees it."""
    if load_w < LIMIT_W:
        run.tell(load_w=load_w)
        return
    before = len(run.tell(load_w=load_w, limit_w=LIMIT_W)["under_ms"])
    end = time.monotonic() + 10
    while len(run.tell()["under_ms"]) == before:
        if time.monotonic() > end:
            raise SystemExit("the grid stayed above its limit for ten seconds")
        time.sleep(0.05)


def _fixed_work() -> int:
    """About a millisecond of arithmetic: how steady the machine itself computes."""
    return sum(i * i for i in range(20_000))


def computation() -> list[Figure]:
    """A cycle with 50 controllers on 10 storage units, in this process."""
    from ems_edge_control import replay
    from ems_edge_control.loop import YOUNG_EVERY
    from ems_edge_control.realtime import LOOP_RANK, favour_thread

    units = [
        {
            "id": f"ess{i}",
            "nature": "managed-symmetric-ess",
            "properties": {
                "maxApparentPower": 50_000,
                "allowedChargePower": -50_000,
                "allowedDischargePower": 50_000,
                "capacity": 100_000,
            },
        }
        for i in range(10)
    ]
    cluster = {"id": "all", "nature": "ess-cluster", "properties": {"members": [u["id"] for u in units]}}
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("protection", {}),
        ("limit-total-discharge", {}),
        ("peak-shaving", {"meter_id": "m", "peakShavingPower": 100_000, "rechargePower": 50_000}),
        ("frequency-droop", {"meter_id": "m"}),
        ("limit-active-power", {"maxChargePower": 9000, "maxDischargePower": 9000}),
    )
    controllers = [
        {"id": f"c{i}{j}", "type": kind, "priority": j, "properties": {"ess_id": f"ess{i}"} | more}
        for i in range(10)
        for j, (kind, more) in enumerate(kinds)
    ]
    controllers[-1] = {
        "id": "bal",
        "type": "balancing",
        "priority": 99,
        "properties": {"ess_id": "all", "meter_id": "m"},
    }
    inputs = {
        f"ess{i}/{n}": v
        for i in range(10)
        for n, v in (("Soc", 50 + i), ("ActivePower", 1000), ("GridMode", 1))
    }
    inputs |= {"m/ActivePower": 130_000, "m/Frequency": 49_950}
    running = replay.Replay(
        {
            "cycle_s": 0.1,
            "components": [*units, cluster, {"id": "m", "nature": "meter", "properties": {"type": "GRID"}}],
            "controllers": controllers,
            "steps": [{"inputs": inputs}],
        }
    )
    running.run()
    running.cycle.collect = False  # only a replay shows every channel of each cycle
    took, bare = [], []
    # As the loop does it: with its rank and a pause after each cycle, what stands is not looked at again, and
    # garbage is collected between two cycles.
    gc.collect()
    gc.freeze()
    gc.disable()
    rank = favour_thread(LOOP_RANK)
    for i in range(1000):
        now_s = running.now_s + 0.1 * (i + 1)
        for handle, value in running.inputs.items():
            running.site.image.set_next(handle, value, now_s)
        began = time.perf_counter()
        running.cycle.run(now_s, running.clock, 0.1)
        took.append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
        _fixed_work()
        bare.append((time.perf_counter() - began) * 1e3)
        if i % YOUNG_EVERY == 0:
            gc.collect(0)
        time.sleep(0.004)
    if rank.startswith("fifo"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    gc.enable()
    gc.unfreeze()
    return [
        figure("yardstick: fixed arithmetic of the same rank p50", percentile(bare, 0.5), "ms"),
        figure("yardstick: fixed arithmetic of the same rank p99", percentile(bare, 0.99), "ms"),
        figure("50 controllers: cycle computation p50", percentile(took, 0.5), "ms"),
        figure("50 controllers: cycle computation p99", percentile(took, 0.99), "ms", 5.0),
    ]


def main() -> int:
    """Run all parts, print the table, write the file."""
    measured_on = machine()
    figures = computation()
    figures += rhythm(DEVICES, 0.1, SECONDS, goals=True)
    figures += rhythm(5, 0.02, min(SECONDS, 30.0), goals=False)
    publish("edge", figures, measured_on | {"seconds": SECONDS, "devices": DEVICES})
    return 0 if all(f.met is not False for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
