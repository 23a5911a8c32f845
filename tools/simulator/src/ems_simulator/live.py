"""The running plant: all ports, messages and pages together, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping

from ems_common import log
from ems_common.clock import utc_now
from ems_common.errors import BadInput
from ems_common.telemetry import Telemetry
from prometheus_client import Gauge

from ems_simulator import state
from ems_simulator.admin import AdminServer
from ems_simulator.control import Controls
from ems_simulator.declaration import PlantDeclaration, load
from ems_simulator.devices import Device, all_devices, register_map
from ems_simulator.modbus import ModbusPort, Unit
from ems_simulator.mqtt import MqttPlant, publishers_of
from ems_simulator.plant import Plant
from ems_simulator.profiles import ProfileBank
from ems_simulator.settings import SimulatorSettings

_log = log.get(__name__)
_TICK_S = 0.5
GRID_POWER = Gauge("ems_simulator_grid_power_watts", "Power at the point of common coupling, import positive")


class LivePlant:
    """The plant with everything it is reached by.

    Args:
        settings: The simulator's settings.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._state_path = state.path_in(settings.var_dir)
        declared = load(settings.site_dir)
        memory = state.load(self._state_path)
        self.plant = Plant(declared, ProfileBank(declared), memory, _now_s())
        self.devices = all_devices(self.plant)
        self.ports = _ports(declared, self.plant, self.devices, settings, self.advance)
        publishers = publishers_of(declared.brokers, declared.payloads, self.devices)
        self.mqtt = MqttPlant(settings.broker, publishers, self.advance)
        self._telemetry = Telemetry("simulator", settings.telemetry)
        self._jobs: set[asyncio.Task[None]] = set()
        self.admin: AdminServer | None = None
        self._is_forgetful = False

    def advance(self) -> None:
        """Bring the plant up to the present instant."""
        self.plant.advance(_now_s())

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set.

        Raises:
            Unavailable: A port is taken.
        """
        self.admin = self._admin()
        try:
            for port in self.ports.values():
                await port.open()
            self._telemetry.start()
            self.admin.start()
            self.mqtt.start(_now_s())
            self._telemetry.set_ready(True)
            _log.info("plant_running", modbus_ports=len(self.ports), admin_port=self.admin.port)
            await self._tick_until(stop)
        finally:
            await self._close()

    async def _tick_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self.advance()
            GRID_POWER.set(self.plant.grid_kw * 1000.0)
            self.mqtt.tick(self.plant.time_s)
            self._remember(is_clean=False)
            try:
                await asyncio.wait_for(stop.wait(), _TICK_S)
            except TimeoutError:
                continue

    def _remember(self, *, is_clean: bool) -> None:
        """Store the plant's memory; a full disk is said once and does not stop the plant."""
        try:
            state.save(self._state_path, self.plant.memory(is_clean=is_clean))
        except OSError as ex:
            if not self._is_forgetful:
                _log.warning("state_not_saved", error=str(ex))
            self._is_forgetful = True
        else:
            if self._is_forgetful:
                _log.info("state_saved_again")
            self._is_forgetful = False

    async def _close(self) -> None:
        self._telemetry.set_ready(False, "stopping")
        self.mqtt.stop()
        for port in self.ports.values():
            await port.close()
        self.advance()
        self._remember(is_clean=True)
        if self.admin is not None:
            self.admin.stop()
        self._telemetry.stop()
        _log.info("plant_stopped")

    def _admin(self) -> AdminServer:
        controls = Controls(self.plant, self.devices, self._places())

        def current(answer: Callable[[], object]) -> Callable[[object], object]:
            def page(_body: object) -> object:
                self.advance()
                return answer()

            return page

        def control(body: object) -> object:
            if not isinstance(body, dict):
                raise BadInput("the body must be an object", "control", body)
            self.advance()
            return controls.apply(body)

        pages = {
            ("GET", "/state"): current(controls.state),
            ("GET", "/truth"): current(controls.truth),
            ("POST", "/control"): control,
        }
        return AdminServer(self._settings.admin_port, asyncio.get_running_loop(), pages)

    def _places(self) -> dict[str, Callable[[bool], None]]:
        """How to switch a whole gateway, microgrid device or the broker's connection on and off."""
        places: dict[str, Callable[[bool], None]] = {
            name: lambda is_on, port=port: self._switch_port(port, is_on)  # type: ignore[misc]
            for name, port in self.ports.items()
        }
        places["mqtt"] = self.mqtt.set_connected
        return places

    def _switch_port(self, port: ModbusPort, is_on: bool) -> None:
        job = asyncio.get_running_loop().create_task(port.open() if is_on else port.close())
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)


def _ports(
    declared: PlantDeclaration,
    plant: Plant,
    devices: Mapping[str, Device],
    settings: SimulatorSettings,
    advance: Callable[[], None],
) -> dict[str, ModbusPort]:
    units: dict[str, list[Unit]] = {name: [] for name in declared.gateways}
    for meter in declared.meters:
        if meter.via in units:
            device = devices[meter.code]
            units[meter.via].append(Unit(meter.unit, device, register_map(plant, device)))
    offsets = {name: gateway.port_offset for name, gateway in declared.gateways.items()}
    for item in declared.microgrid_devices:
        device = devices[item.device]
        units[item.device] = [Unit(item.unit, device, register_map(plant, device))]
        offsets[item.device] = item.port_offset
    return {
        name: ModbusPort(name, settings.host, settings.modbus_port + offsets[name], members, advance)
        for name, members in units.items()
    }


def _now_s() -> float:
    return utc_now().timestamp()


async def serve(settings: SimulatorSettings) -> None:
    """Run the plant until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await LivePlant(settings).run(stop)
