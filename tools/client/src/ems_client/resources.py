"""The resources of the API and their rows, by name.

Made by `make generated` from the API's declarations; do not edit. It is as long as the API has resources.
"""

from __future__ import annotations

from typing import Literal, Never, Required, TypedDict

from ems_client.resource import Calls, Resource


class ApiKey(TypedDict, total=False):
    """A row of `/apikeys`."""

    id: Required[int]
    name: str
    token: str
    created_datetime: str
    expires_datetime: str


class ApiKeyData(TypedDict, total=False):
    """What makes a row of `/apikeys`."""

    name: Required[str]
    expires_datetime: Required[str]


class Budget(TypedDict, total=False):
    """A row of `/budgets`."""

    id: Required[int]
    uuid: str
    name: str
    space: ReferenceWithUuid | None
    tenant: ReferenceWithUuid | None
    measure: str
    energy_category: ReferenceWithUuid | None
    period: str
    starts_on: str
    amount: float
    description: str | None


class BudgetData(TypedDict, total=False):
    """What makes a row of `/budgets`."""

    name: Required[str]
    space_id: int | None
    tenant_id: int | None
    measure: Required[Literal["energy", "cost", "carbon"]]
    energy_category_id: int | None
    period: Required[Literal["month", "year"]]
    starts_on: Required[str]
    amount: Required[float]
    description: str | None


class CleaningRule(TypedDict, total=False):
    """A row of `/cleaningrules`."""

    id: Required[int]
    name: str
    rule: str
    point_kind: str | None
    point: Reference | None
    is_enabled: bool
    parameters: str | None
    description: str | None


class CleaningRuleData(TypedDict, total=False):
    """What makes a row of `/cleaningrules`."""

    name: Required[str]
    rule: Required[CleaningRuleDataRule]
    point_kind: Literal["energy", "analog", "digital"] | None
    point_id: int | None
    is_enabled: Required[bool]
    parameters: str | None
    description: str | None


CleaningRuleDataRule = Literal[
    "range",
    "future",
    "duplicate",
    "gap",
    "spike",
    "hampel",
    "iqr",
    "average",
    "stuck",
    "register",
    "impossible_power",
    "fill",
]


class CombinedEquipment(TypedDict, total=False):
    """A row of `/combinedequipments`."""

    id: Required[int]
    uuid: str
    name: str
    is_input_counted: bool
    is_output_counted: bool
    cost_center: ReferenceWithUuid | None
    svg: ReferenceWithUuid | None
    camera_url: str | None
    description: str | None
    efficiency_indicator: float
    qrcode: str


class CombinedEquipmentData(TypedDict, total=False):
    """What makes a row of `/combinedequipments`."""

    name: Required[str]
    is_input_counted: Required[bool]
    is_output_counted: Required[bool]
    cost_center_id: Required[int]
    svg_id: int | None
    camera_url: str | None
    description: str | None
    efficiency_indicator: Required[float]


class CombinedEquipmentParameter(TypedDict, total=False):
    """A row of `/combinedequipments/{id_}/parameters`."""

    id: Required[int]
    name: str
    parameter_type: str | None
    constant: str | None
    point: Reference | None
    numerator_meter_uuid: str | None
    denominator_meter_uuid: str | None


class CombinedEquipmentParameterData(TypedDict, total=False):
    """What makes a row of `/combinedequipments/{id_}/parameters`."""

    name: Required[str]
    parameter_type: Required[Literal["constant", "point", "fraction"]]
    constant: str | None
    point_id: int | None
    numerator_meter_uuid: str | None
    denominator_meter_uuid: str | None


class Command(TypedDict, total=False):
    """A row of `/commands`."""

    id: Required[int]
    uuid: str
    name: str
    topic: str
    payload: str
    set_value: float | None
    description: str | None


class CommandData(TypedDict, total=False):
    """What makes a row of `/commands`."""

    name: Required[str]
    topic: Required[str]
    payload: Required[str]
    set_value: float | None
    description: str | None


class Contact(TypedDict, total=False):
    """A row of `/contacts`."""

    id: Required[int]
    uuid: str
    name: str
    email: str
    phone: str
    description: str | None


class ContactData(TypedDict, total=False):
    """What makes a row of `/contacts`."""

    name: Required[str]
    email: Required[str]
    phone: Required[str]
    description: str | None


class ControlMode(TypedDict, total=False):
    """A row of `/controlmodes`."""

    id: Required[int]
    uuid: str
    name: str
    is_active: bool
    times: list[ControlModeTimes]


class ControlModeData(TypedDict, total=False):
    """What makes a row of `/controlmodes`."""

    name: Required[str]
    is_active: Required[bool]
    times: Required[list[ControlModeDataTimes]]


class ControlModeDataTimes(TypedDict, total=False):
    """Part of a row."""

    start_time_of_day: Required[str]
    end_time_of_day: Required[str]
    power_value: float | None


class ControlModeTimes(TypedDict, total=False):
    """Part of a row."""

    start_time_of_day: str
    end_time_of_day: str
    power_value: float | None


class CostCenter(TypedDict, total=False):
    """A row of `/costcenters`."""

    id: Required[int]
    uuid: str
    name: str
    external_id: str | None


class CostCenterData(TypedDict, total=False):
    """What makes a row of `/costcenters`."""

    name: Required[str]
    external_id: str | None


class DataSource(TypedDict, total=False):
    """A row of `/datasources`."""

    id: Required[int]
    uuid: str
    name: str
    gateway: ReferenceWithUuid | None
    protocol: str
    connection: str
    last_seen_datetime: str | None
    description: str | None


class DataSourceData(TypedDict, total=False):
    """What makes a row of `/datasources`."""

    name: Required[str]
    gateway_id: Required[int]
    protocol: Required[str]
    connection: Required[str]
    description: str | None


class DistributionCircuit(TypedDict, total=False):
    """A row of `/distributioncircuits`."""

    id: Required[int]
    uuid: str
    name: str
    distribution_system: ReferenceWithUuid | None
    distribution_room: str
    switchgear: str
    peak_load: float | None
    peak_current: float | None
    customers: str | None
    meters: str | None


class DistributionCircuitData(TypedDict, total=False):
    """What makes a row of `/distributioncircuits`."""

    name: Required[str]
    distribution_system_id: Required[int]
    distribution_room: Required[str]
    switchgear: Required[str]
    peak_load: Required[float]
    peak_current: Required[float]
    customers: str | None
    meters: str | None


class DistributionSystem(TypedDict, total=False):
    """A row of `/distributionsystems`."""

    id: Required[int]
    uuid: str
    name: str
    svg: DistributionSystemSvg | None
    description: str | None


class DistributionSystemData(TypedDict, total=False):
    """What makes a row of `/distributionsystems`."""

    name: Required[str]
    svg_id: Required[int]
    description: str | None


class DistributionSystemSvg(TypedDict, total=False):
    """Part of a row."""

    id: int
    name: str | None
    uuid: str | None
    source_code: str | None


class EmailServer(TypedDict, total=False):
    """A row of `/emailservers`."""

    id: Required[int]
    host: str
    port: int
    requires_authentication: bool
    user_name: str | None
    from_addr: str


class EmailServerData(TypedDict, total=False):
    """What makes a row of `/emailservers`."""

    host: Required[str]
    port: Required[int]
    requires_authentication: Required[bool]
    user_name: str | None
    password: str | None
    from_addr: Required[str]


class EnergyCategory(TypedDict, total=False):
    """A row of `/energycategories`."""

    id: Required[int]
    uuid: str
    name: str
    unit_of_measure: str
    kgce: float
    kgco2e: float


class EnergyCategoryData(TypedDict, total=False):
    """What makes a row of `/energycategories`."""

    name: Required[str]
    unit_of_measure: Required[str]
    kgce: Required[float]
    kgco2e: Required[float]


class EnergyFlowDiagram(TypedDict, total=False):
    """A row of `/energyflowdiagrams`."""

    id: Required[int]
    uuid: str
    name: str


class EnergyFlowDiagramData(TypedDict, total=False):
    """What makes a row of `/energyflowdiagrams`."""

    name: Required[str]


class EnergyFlowDiagramLink(TypedDict, total=False):
    """A row of `/energyflowdiagrams/{id_}/links`."""

    id: Required[int]
    source_node: Reference | None
    target_node: Reference | None
    meter_uuid: str


class EnergyFlowDiagramLinkData(TypedDict, total=False):
    """What makes a row of `/energyflowdiagrams/{id_}/links`."""

    source_node_id: Required[int]
    target_node_id: Required[int]
    meter_uuid: str | None


class EnergyFlowDiagramNode(TypedDict, total=False):
    """A row of `/energyflowdiagrams/{id_}/nodes`."""

    id: Required[int]
    name: str


class EnergyItem(TypedDict, total=False):
    """A row of `/energyitems`."""

    id: Required[int]
    uuid: str
    name: str
    energy_category: ReferenceWithUuid | None


class EnergyItemData(TypedDict, total=False):
    """What makes a row of `/energyitems`."""

    name: Required[str]
    energy_category_id: Required[int]


class EnergyStorageContainer(TypedDict, total=False):
    """A row of `/energystoragecontainers`."""

    id: Required[int]
    uuid: str
    name: str
    rated_capacity: float
    rated_power: float
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    description: str | None
    qrcode: str


class EnergyStorageContainerBattery(TypedDict, total=False):
    """A row of `/energystoragecontainers/{id_}/batteries`."""

    id: Required[int]
    uuid: str
    name: str
    battery_state_point: Reference | None
    soc_point: Reference | None
    power_point: Reference | None
    charge_meter: ReferenceWithUuid | None
    discharge_meter: ReferenceWithUuid | None
    rated_capacity: float
    rated_power: float
    nominal_voltage: float
    energy_storage_container: ReferenceWithUuid | None


class EnergyStorageContainerBatteryData(TypedDict, total=False):
    """What makes a row of `/energystoragecontainers/{id_}/batteries`."""

    name: Required[str]
    battery_state_point_id: Required[int]
    soc_point_id: Required[int]
    power_point_id: Required[int]
    charge_meter_id: Required[int]
    discharge_meter_id: Required[int]
    rated_capacity: Required[float]
    rated_power: Required[float]
    nominal_voltage: Required[float]


class EnergyStorageContainerData(TypedDict, total=False):
    """What makes a row of `/energystoragecontainers`."""

    name: Required[str]
    rated_capacity: Required[float]
    rated_power: Required[float]
    contact_id: Required[int]
    cost_center_id: Required[int]
    description: str | None


class EnergyStorageContainerGrid(TypedDict, total=False):
    """A row of `/energystoragecontainers/{id_}/grids`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    buy_meter: ReferenceWithUuid | None
    sell_meter: ReferenceWithUuid | None
    capacity: float
    energy_storage_container: ReferenceWithUuid | None


class EnergyStorageContainerGridData(TypedDict, total=False):
    """What makes a row of `/energystoragecontainers/{id_}/grids`."""

    name: Required[str]
    power_point_id: Required[int]
    buy_meter_id: Required[int]
    sell_meter_id: Required[int]
    capacity: Required[float]


class EnergyStorageContainerLoad(TypedDict, total=False):
    """A row of `/energystoragecontainers/{id_}/loads`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    meter: ReferenceWithUuid | None
    rated_input_power: float
    energy_storage_container: ReferenceWithUuid | None


class EnergyStorageContainerLoadData(TypedDict, total=False):
    """What makes a row of `/energystoragecontainers/{id_}/loads`."""

    name: Required[str]
    power_point_id: Required[int]
    meter_id: Required[int]
    rated_input_power: Required[float]


class EnergyStorageContainerPowerConversionSystem(TypedDict, total=False):
    """A row of `/energystoragecontainers/{id_}/powerconversionsystems`."""

    id: Required[int]
    uuid: str
    name: str
    run_state_point: Reference | None
    rated_output_power: float
    energy_storage_container: ReferenceWithUuid | None


class EnergyStorageContainerPowerConversionSystemData(TypedDict, total=False):
    """What makes a row of `/energystoragecontainers/{id_}/powerconversionsystems`."""

    name: Required[str]
    run_state_point_id: Required[int]
    rated_output_power: Required[float]


class EnergyStorageContainerSchedule(TypedDict, total=False):
    """A row of `/energystoragecontainers/{id_}/schedules`."""

    id: Required[int]
    start_time_of_day: str
    end_time_of_day: str
    peak_type: str
    power: float


class EnergyStorageContainerScheduleData(TypedDict, total=False):
    """What makes a row of `/energystoragecontainers/{id_}/schedules`."""

    start_time_of_day: Required[str]
    end_time_of_day: Required[str]
    peak_type: Required[str]
    power: Required[float]


class EnergyStoragePowerStation(TypedDict, total=False):
    """A row of `/energystoragepowerstations`."""

    id: Required[int]
    uuid: str
    name: str
    address: str
    latitude: float
    longitude: float
    latitude_point: Reference | None
    longitude_point: Reference | None
    rated_capacity: float
    rated_power: float
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    svg: ReferenceWithUuid | None
    svg2: ReferenceWithUuid | None
    svg3: ReferenceWithUuid | None
    svg4: ReferenceWithUuid | None
    svg5: ReferenceWithUuid | None
    is_cost_data_displayed: bool
    phase_of_lifecycle: str
    commissioning_date: str | None
    description: str | None
    qrcode: str


class EnergyStoragePowerStationData(TypedDict, total=False):
    """What makes a row of `/energystoragepowerstations`."""

    name: Required[str]
    address: Required[str]
    latitude: Required[float]
    longitude: Required[float]
    latitude_point_id: int | None
    longitude_point_id: int | None
    rated_capacity: Required[float]
    rated_power: Required[float]
    contact_id: Required[int]
    cost_center_id: Required[int]
    svg_id: Required[int]
    svg2_id: int | None
    svg3_id: int | None
    svg4_id: int | None
    svg5_id: int | None
    is_cost_data_displayed: Required[bool]
    phase_of_lifecycle: Required[str]
    commissioning_date: Required[str]
    description: str | None


class Gateway(TypedDict, total=False):
    """A row of `/gateways`."""

    id: Required[int]
    uuid: str
    name: str
    token: str
    last_seen_datetime: str | None
    description: str | None


class GatewayData(TypedDict, total=False):
    """What makes a row of `/gateways`."""

    name: Required[str]
    description: str | None


class IotSimCard(TypedDict, total=False):
    """A row of `/iotsimcards`."""

    id: Required[int]
    iccid: str
    imsi: str | None
    operator: str | None
    status: str | None
    active_time: str | None
    open_time: str | None
    expiration_time: str | None
    used_traffic: float | None
    total_traffic: float | None
    description: str | None


class IotSimCardData(TypedDict, total=False):
    """What makes a row of `/iotsimcards`."""

    iccid: Required[str]
    description: str | None


class Meter(TypedDict, total=False):
    """A row of `/meters`."""

    id: Required[int]
    uuid: str
    name: str
    energy_category: ReferenceWithUuid | None
    is_counted: bool
    hourly_low_limit: float
    hourly_high_limit: float
    cost_center: ReferenceWithUuid | None
    energy_item: ReferenceWithUuid | None
    master_meter: ReferenceWithUuid | None
    description: str | None
    qrcode: str


class MeterData(TypedDict, total=False):
    """What makes a row of `/meters`."""

    name: Required[str]
    energy_category_id: Required[int]
    is_counted: Required[bool]
    hourly_low_limit: Required[float]
    hourly_high_limit: Required[float]
    cost_center_id: Required[int]
    energy_item_id: int | None
    master_meter_id: int | None
    description: str | None


class MeterExchange(TypedDict, total=False):
    """A row of `/meterexchanges`."""

    id: Required[int]
    meter: ReferenceWithUuid | None
    exchanged: str
    last_old_value: float
    first_new_value: float
    note: str | None


class MeterExchangeData(TypedDict, total=False):
    """What makes a row of `/meterexchanges`."""

    meter_id: Required[int]
    exchanged: Required[str]
    last_old_value: Required[float]
    first_new_value: Required[float]
    note: str | None


class Microgrid(TypedDict, total=False):
    """A row of `/microgrids`."""

    id: Required[int]
    uuid: str
    name: str
    address: str
    postal_code: str
    latitude: float
    longitude: float
    rated_capacity: float
    rated_power: float
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    serial_number: str
    svg: ReferenceWithUuid | None
    is_cost_data_displayed: bool
    phase_of_lifecycle: str
    description: str | None
    qrcode: str


class MicrogridBattery(TypedDict, total=False):
    """A row of `/microgrids/{id_}/batteries`."""

    id: Required[int]
    uuid: str
    name: str
    battery_state_point: Reference | None
    soc_point: Reference | None
    power_point: Reference | None
    charge_meter: ReferenceWithUuid | None
    discharge_meter: ReferenceWithUuid | None
    rated_capacity: float
    rated_power: float
    nominal_voltage: float
    microgrid: ReferenceWithUuid | None


class MicrogridData(TypedDict, total=False):
    """What makes a row of `/microgrids`."""

    name: Required[str]
    address: Required[str]
    postal_code: Required[str]
    latitude: Required[float]
    longitude: Required[float]
    rated_capacity: Required[float]
    rated_power: Required[float]
    contact_id: Required[int]
    cost_center_id: Required[int]
    serial_number: Required[str]
    svg_id: Required[int]
    is_cost_data_displayed: Required[bool]
    phase_of_lifecycle: Required[str]
    description: str | None


class MicrogridEvcharger(TypedDict, total=False):
    """A row of `/microgrids/{id_}/evchargers`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    meter: ReferenceWithUuid | None
    rated_output_power: float
    microgrid: ReferenceWithUuid | None


class MicrogridEvchargerData(TypedDict, total=False):
    """What makes a row of `/microgrids/{id_}/evchargers`."""

    name: Required[str]
    power_point_id: Required[int]
    meter_id: Required[int]
    rated_output_power: Required[float]


class MicrogridGrid(TypedDict, total=False):
    """A row of `/microgrids/{id_}/grids`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    buy_meter: ReferenceWithUuid | None
    sell_meter: ReferenceWithUuid | None
    capacity: float
    microgrid: ReferenceWithUuid | None


class MicrogridHeatpump(TypedDict, total=False):
    """A row of `/microgrids/{id_}/heatpumps`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    electricity_meter: ReferenceWithUuid | None
    heat_meter: ReferenceWithUuid | None
    cooling_meter: ReferenceWithUuid | None
    rated_input_power: float
    microgrid: ReferenceWithUuid | None


class MicrogridHeatpumpData(TypedDict, total=False):
    """What makes a row of `/microgrids/{id_}/heatpumps`."""

    name: Required[str]
    power_point_id: Required[int]
    electricity_meter_id: Required[int]
    heat_meter_id: Required[int]
    cooling_meter_id: Required[int]
    rated_input_power: Required[float]


class MicrogridLoad(TypedDict, total=False):
    """A row of `/microgrids/{id_}/loads`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    meter: ReferenceWithUuid | None
    rated_input_power: float
    microgrid: ReferenceWithUuid | None


class MicrogridPhotovoltaic(TypedDict, total=False):
    """A row of `/microgrids/{id_}/photovoltaics`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    meter: ReferenceWithUuid | None
    rated_power: float
    microgrid: ReferenceWithUuid | None


class MicrogridPhotovoltaicData(TypedDict, total=False):
    """What makes a row of `/microgrids/{id_}/photovoltaics`."""

    name: Required[str]
    power_point_id: Required[int]
    meter_id: Required[int]
    rated_power: Required[float]


class MicrogridPowerConversionSystem(TypedDict, total=False):
    """A row of `/microgrids/{id_}/powerconversionsystems`."""

    id: Required[int]
    uuid: str
    name: str
    run_state_point: Reference | None
    rated_output_power: float
    today_charge_energy_point: Reference | None
    today_discharge_energy_point: Reference | None
    total_charge_energy_point: Reference | None
    total_discharge_energy_point: Reference | None
    microgrid: ReferenceWithUuid | None


class MicrogridPowerConversionSystemData(TypedDict, total=False):
    """What makes a row of `/microgrids/{id_}/powerconversionsystems`."""

    name: Required[str]
    run_state_point_id: Required[int]
    rated_output_power: Required[float]
    today_charge_energy_point_id: Required[int]
    today_discharge_energy_point_id: Required[int]
    total_charge_energy_point_id: Required[int]
    total_discharge_energy_point_id: Required[int]


class NewUser(TypedDict, total=False):
    """A row of `/users/newusers`."""

    id: Required[int]
    uuid: str
    name: str
    display_name: str
    email: str


class OfflineMeter(TypedDict, total=False):
    """A row of `/offlinemeters`."""

    id: Required[int]
    uuid: str
    name: str
    energy_category: ReferenceWithUuid | None
    is_counted: bool
    hourly_low_limit: float
    hourly_high_limit: float
    cost_center: ReferenceWithUuid | None
    energy_item: ReferenceWithUuid | None
    description: str | None


class OfflineMeterData(TypedDict, total=False):
    """What makes a row of `/offlinemeters`."""

    name: Required[str]
    energy_category_id: Required[int]
    is_counted: Required[bool]
    hourly_low_limit: Required[float]
    hourly_high_limit: Required[float]
    cost_center_id: Required[int]
    energy_item_id: int | None
    description: str | None


class PhotovoltaicPowerStation(TypedDict, total=False):
    """A row of `/photovoltaicpowerstations`."""

    id: Required[int]
    uuid: str
    name: str
    station_code: str
    address: str
    latitude: float
    longitude: float
    rated_capacity: float
    rated_power: float
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    svg: ReferenceWithUuid | None
    is_cost_data_displayed: bool
    phase_of_lifecycle: str
    description: str | None
    qrcode: str


class PhotovoltaicPowerStationData(TypedDict, total=False):
    """What makes a row of `/photovoltaicpowerstations`."""

    name: Required[str]
    station_code: Required[str]
    address: Required[str]
    latitude: Required[float]
    longitude: Required[float]
    rated_capacity: Required[float]
    rated_power: Required[float]
    contact_id: Required[int]
    cost_center_id: Required[int]
    svg_id: Required[int]
    is_cost_data_displayed: Required[bool]
    phase_of_lifecycle: Required[str]
    description: str | None


class PhotovoltaicPowerStationGrid(TypedDict, total=False):
    """A row of `/photovoltaicpowerstations/{id_}/grids`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    buy_meter: ReferenceWithUuid | None
    sell_meter: ReferenceWithUuid | None
    capacity: float
    total_active_power_point: Reference | None
    active_power_a_point: Reference | None
    active_power_b_point: Reference | None
    active_power_c_point: Reference | None
    total_reactive_power_point: Reference | None
    reactive_power_a_point: Reference | None
    reactive_power_b_point: Reference | None
    reactive_power_c_point: Reference | None
    total_apparent_power_point: Reference | None
    apparent_power_a_point: Reference | None
    apparent_power_b_point: Reference | None
    apparent_power_c_point: Reference | None
    total_power_factor_point: Reference | None
    active_energy_import_point: Reference | None
    active_energy_export_point: Reference | None
    active_energy_net_point_id: Reference | None
    photovoltaic_power_station: ReferenceWithUuid | None


class PhotovoltaicPowerStationGridData(TypedDict, total=False):
    """What makes a row of `/photovoltaicpowerstations/{id_}/grids`."""

    name: Required[str]
    power_point_id: Required[int]
    buy_meter_id: Required[int]
    sell_meter_id: Required[int]
    capacity: Required[float]
    total_active_power_point_id: int | None
    active_power_a_point_id: int | None
    active_power_b_point_id: int | None
    active_power_c_point_id: int | None
    total_reactive_power_point_id: int | None
    reactive_power_a_point_id: int | None
    reactive_power_b_point_id: int | None
    reactive_power_c_point_id: int | None
    total_apparent_power_point_id: int | None
    apparent_power_a_point_id: int | None
    apparent_power_b_point_id: int | None
    apparent_power_c_point_id: int | None
    total_power_factor_point_id: int | None
    active_energy_import_point_id: int | None
    active_energy_export_point_id: int | None
    active_energy_net_point_id: int | None


class PhotovoltaicPowerStationInvertor(TypedDict, total=False):
    """A row of `/photovoltaicpowerstations/{id_}/invertors`."""

    id: Required[int]
    uuid: str
    name: str
    model: str
    serial_number: str
    invertor_state_point: Reference | None
    communication_state_point: Reference | None
    total_energy_point: Reference | None
    generation_meter: Reference | None
    today_energy_point: Reference | None
    efficiency_point: Reference | None
    temperature_point: Reference | None
    power_factor_point: Reference | None
    active_power_point: Reference | None
    reactive_power_point: Reference | None
    frequency_point: Reference | None
    uab_point: Reference | None
    ubc_point: Reference | None
    uca_point: Reference | None
    ua_point: Reference | None
    ub_point: Reference | None
    uc_point: Reference | None
    ia_point: Reference | None
    ib_point: Reference | None
    ic_point: Reference | None
    pv1_u_point: Reference | None
    pv1_i_point: Reference | None
    pv2_u_point: Reference | None
    pv2_i_point: Reference | None
    pv3_u_point: Reference | None
    pv3_i_point: Reference | None
    pv4_u_point: Reference | None
    pv4_i_point: Reference | None
    pv5_u_point: Reference | None
    pv5_i_point: Reference | None
    pv6_u_point: Reference | None
    pv6_i_point: Reference | None
    pv7_u_point: Reference | None
    pv7_i_point: Reference | None
    pv8_u_point: Reference | None
    pv8_i_point: Reference | None
    pv9_u_point: Reference | None
    pv9_i_point: Reference | None
    pv10_u_point: Reference | None
    pv10_i_point: Reference | None
    pv11_u_point: Reference | None
    pv11_i_point: Reference | None
    pv12_u_point: Reference | None
    pv12_i_point: Reference | None
    pv13_u_point: Reference | None
    pv13_i_point: Reference | None
    pv14_u_point: Reference | None
    pv14_i_point: Reference | None
    pv15_u_point: Reference | None
    pv15_i_point: Reference | None
    pv16_u_point: Reference | None
    pv16_i_point: Reference | None
    pv17_u_point: Reference | None
    pv17_i_point: Reference | None
    pv18_u_point: Reference | None
    pv18_i_point: Reference | None
    pv19_u_point: Reference | None
    pv19_i_point: Reference | None
    pv20_u_point: Reference | None
    pv20_i_point: Reference | None
    pv21_u_point: Reference | None
    pv21_i_point: Reference | None
    pv22_u_point: Reference | None
    pv22_i_point: Reference | None
    pv23_u_point: Reference | None
    pv23_i_point: Reference | None
    pv24_u_point: Reference | None
    pv24_i_point: Reference | None
    pv25_u_point: Reference | None
    pv25_i_point: Reference | None
    pv26_u_point: Reference | None
    pv26_i_point: Reference | None
    pv27_u_point: Reference | None
    pv27_i_point: Reference | None
    pv28_u_point: Reference | None
    pv28_i_point: Reference | None
    mppt_total_energy_point: Reference | None
    mppt_power_point: Reference | None
    mppt_1_energy_point: Reference | None
    mppt_2_energy_point: Reference | None
    mppt_3_energy_point: Reference | None
    mppt_4_energy_point: Reference | None
    mppt_5_energy_point: Reference | None
    mppt_6_energy_point: Reference | None
    mppt_7_energy_point: Reference | None
    mppt_8_energy_point: Reference | None
    mppt_9_energy_point: Reference | None
    mppt_10_energy_point: Reference | None


class PhotovoltaicPowerStationInvertorData(TypedDict, total=False):
    """What makes a row of `/photovoltaicpowerstations/{id_}/invertors`."""

    name: Required[str]
    model: Required[str]
    serial_number: Required[str]
    invertor_state_point_id: Required[int]
    communication_state_point_id: Required[int]
    total_energy_point_id: Required[int]
    generation_meter_id: Required[int]
    today_energy_point_id: int | None
    efficiency_point_id: int | None
    temperature_point_id: int | None
    power_factor_point_id: int | None
    active_power_point_id: int | None
    reactive_power_point_id: int | None
    frequency_point_id: int | None
    uab_point_id: int | None
    ubc_point_id: int | None
    uca_point_id: int | None
    ua_point_id: int | None
    ub_point_id: int | None
    uc_point_id: int | None
    ia_point_id: int | None
    ib_point_id: int | None
    ic_point_id: int | None
    pv1_u_point_id: int | None
    pv1_i_point_id: int | None
    pv2_u_point_id: int | None
    pv2_i_point_id: int | None
    pv3_u_point_id: int | None
    pv3_i_point_id: int | None
    pv4_u_point_id: int | None
    pv4_i_point_id: int | None
    pv5_u_point_id: int | None
    pv5_i_point_id: int | None
    pv6_u_point_id: int | None
    pv6_i_point_id: int | None
    pv7_u_point_id: int | None
    pv7_i_point_id: int | None
    pv8_u_point_id: int | None
    pv8_i_point_id: int | None
    pv9_u_point_id: int | None
    pv9_i_point_id: int | None
    pv10_u_point_id: int | None
    pv10_i_point_id: int | None
    pv11_u_point_id: int | None
    pv11_i_point_id: int | None
    pv12_u_point_id: int | None
    pv12_i_point_id: int | None
    pv13_u_point_id: int | None
    pv13_i_point_id: int | None
    pv14_u_point_id: int | None
    pv14_i_point_id: int | None
    pv15_u_point_id: int | None
    pv15_i_point_id: int | None
    pv16_u_point_id: int | None
    pv16_i_point_id: int | None
    pv17_u_point_id: int | None
    pv17_i_point_id: int | None
    pv18_u_point_id: int | None
    pv18_i_point_id: int | None
    pv19_u_point_id: int | None
    pv19_i_point_id: int | None
    pv20_u_point_id: int | None
    pv20_i_point_id: int | None
    pv21_u_point_id: int | None
    pv21_i_point_id: int | None
    pv22_u_point_id: int | None
    pv22_i_point_id: int | None
    pv23_u_point_id: int | None
    pv23_i_point_id: int | None
    pv24_u_point_id: int | None
    pv24_i_point_id: int | None
    pv25_u_point_id: int | None
    pv25_i_point_id: int | None
    pv26_u_point_id: int | None
    pv26_i_point_id: int | None
    pv27_u_point_id: int | None
    pv27_i_point_id: int | None
    pv28_u_point_id: int | None
    pv28_i_point_id: int | None
    mppt_total_energy_point_id: int | None
    mppt_power_point_id: int | None
    mppt_1_energy_point_id: int | None
    mppt_2_energy_point_id: int | None
    mppt_3_energy_point_id: int | None
    mppt_4_energy_point_id: int | None
    mppt_5_energy_point_id: int | None
    mppt_6_energy_point_id: int | None
    mppt_7_energy_point_id: int | None
    mppt_8_energy_point_id: int | None
    mppt_9_energy_point_id: int | None
    mppt_10_energy_point_id: int | None


class PhotovoltaicPowerStationLoad(TypedDict, total=False):
    """A row of `/photovoltaicpowerstations/{id_}/loads`."""

    id: Required[int]
    uuid: str
    name: str
    power_point: Reference | None
    meter: ReferenceWithUuid | None
    rated_input_power: float
    total_active_power_point: Reference | None
    active_power_a_point: Reference | None
    active_power_b_point: Reference | None
    active_power_c_point: Reference | None
    total_reactive_power_point: Reference | None
    reactive_power_a_point: Reference | None
    reactive_power_b_point: Reference | None
    reactive_power_c_point: Reference | None
    total_apparent_power_point: Reference | None
    apparent_power_a_point: Reference | None
    apparent_power_b_point: Reference | None
    apparent_power_c_point: Reference | None
    total_power_factor_point: Reference | None
    active_energy_import_point: Reference | None
    active_energy_export_point: Reference | None
    active_energy_net_point: Reference | None
    photovoltaic_power_station: ReferenceWithUuid | None


class PhotovoltaicPowerStationLoadData(TypedDict, total=False):
    """What makes a row of `/photovoltaicpowerstations/{id_}/loads`."""

    name: Required[str]
    power_point_id: Required[int]
    meter_id: Required[int]
    rated_input_power: Required[float]
    total_active_power_point_id: int | None
    active_power_a_point_id: int | None
    active_power_b_point_id: int | None
    active_power_c_point_id: int | None
    total_reactive_power_point_id: int | None
    reactive_power_a_point_id: int | None
    reactive_power_b_point_id: int | None
    reactive_power_c_point_id: int | None
    total_apparent_power_point_id: int | None
    apparent_power_a_point_id: int | None
    apparent_power_b_point_id: int | None
    apparent_power_c_point_id: int | None
    total_power_factor_point_id: int | None
    active_energy_import_point_id: int | None
    active_energy_export_point_id: int | None
    active_energy_net_point_id: int | None


class Point(TypedDict, total=False):
    """A row of `/points`."""

    id: Required[int]
    name: str
    data_source: ReferenceWithUuid | None
    object_type: str
    units: str
    high_limit: float
    low_limit: float
    higher_limit: float | None
    lower_limit: float | None
    ratio: float
    offset_constant: float
    is_trend: bool
    is_virtual: bool
    address: str
    description: str | None
    faults: str | None
    definitions: str | None
    register_modulus: float | None
    max_power_kw: float | None
    max_gap_minutes: int | None


class PointData(TypedDict, total=False):
    """What makes a row of `/points`."""

    name: Required[str]
    data_source_id: Required[int]
    object_type: Required[PointDataObjectType]
    units: Required[str]
    high_limit: Required[float]
    low_limit: Required[float]
    higher_limit: float | None
    lower_limit: float | None
    ratio: Required[float]
    offset_constant: Required[float]
    is_trend: Required[bool]
    is_virtual: Required[bool]
    address: Required[str]
    description: str | None
    faults: str | None
    definitions: str | None
    register_modulus: float | None
    max_power_kw: float | None
    max_gap_minutes: int | None


PointDataObjectType = Literal[
    "ENERGY_VALUE",
    "ANALOG_VALUE",
    "DIGITAL_VALUE",
    "TEXT_VALUE",
]


class Privilege(TypedDict, total=False):
    """A row of `/privileges`."""

    id: Required[int]
    name: str
    data: str


class PrivilegeData(TypedDict, total=False):
    """What makes a row of `/privileges`."""

    name: Required[str]
    data: Required[str]


class Protocol(TypedDict, total=False):
    """A row of `/protocols`."""

    id: Required[int]
    name: str
    code: str


class ProtocolData(TypedDict, total=False):
    """What makes a row of `/protocols`."""

    name: Required[str]
    code: Required[str]


class Reference(TypedDict, total=False):
    """A row that is referred to."""

    id: int
    name: str | None


class ReferenceWithUuid(TypedDict, total=False):
    """A row that is referred to."""

    id: int
    name: str | None
    uuid: str | None


class Report(TypedDict, total=False):
    """A row of `/advancedreports`."""

    id: Required[int]
    uuid: str
    name: str
    expression: str | None
    is_enabled: bool
    last_run_datetime: str | None
    next_run_datetime: str | None
    is_run_immediately: bool


class ReportChange(TypedDict, total=False):
    """What a row of `/advancedreports` is replaced by."""

    name: Required[str]
    expression: Required[str]
    is_enabled: Required[bool]
    next_run_datetime: Required[str]
    is_run_immediately: Required[bool]


class ReportData(TypedDict, total=False):
    """What makes a row of `/advancedreports`."""

    name: Required[str]
    expression: Required[str]
    is_enabled: Required[bool]
    next_run_datetime: str | None
    is_run_immediately: Required[bool]


class Rule(TypedDict, total=False):
    """A row of `/rules`."""

    id: Required[int]
    uuid: str
    name: str
    category: str
    fdd_code: str
    priority: str
    channel: str
    expression: str | None
    message_template: str
    is_enabled: bool
    last_run_datetime: str | None
    next_run_datetime: str | None
    is_run_immediately: bool


class RuleData(TypedDict, total=False):
    """What makes a row of `/rules`."""

    name: Required[str]
    category: Required[RuleDataCategory]
    fdd_code: Required[str]
    priority: Required[Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]]
    channel: Required[Literal["WEB", "EMAIL", "SMS", "WECHAT", "CALL"]]
    expression: Required[str]
    message_template: Required[str]
    is_enabled: Required[bool]
    is_run_immediately: Required[bool]


RuleDataCategory = Literal[
    "SYSTEM",
    "SPACE",
    "METER",
    "POINT",
    "TENANT",
    "STORE",
    "SHOPFLOOR",
    "EQUIPMENT",
    "COMBINEDEQUIPMENT",
    "VIRTUALMETER",
]


class Sensor(TypedDict, total=False):
    """A row of `/sensors`."""

    id: Required[int]
    uuid: str
    name: str
    description: str | None


class Shopfloor(TypedDict, total=False):
    """A row of `/shopfloors`."""

    id: Required[int]
    uuid: str
    name: str
    area: float
    is_input_counted: bool
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    number_of_occupants: float | None
    description: str | None
    qrcode: str


class ShopfloorData(TypedDict, total=False):
    """What makes a row of `/shopfloors`."""

    name: Required[str]
    area: Required[float]
    is_input_counted: Required[bool]
    contact_id: int | None
    cost_center_id: int | None
    number_of_occupants: float | None
    description: str | None


class Space(TypedDict, total=False):
    """A row of `/spaces`."""

    id: Required[int]
    uuid: str
    name: str
    parent_space: ReferenceWithUuid | None
    area: float
    number_of_occupants: float
    timezone: TimeZoneReference | None
    is_input_counted: bool
    is_output_counted: bool
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    latitude: float | None
    longitude: float | None
    description: str | None
    qrcode: str


class SpaceData(TypedDict, total=False):
    """What makes a row of `/spaces`."""

    name: Required[str]
    parent_space_id: int | None
    area: Required[float]
    number_of_occupants: Required[float]
    timezone_id: Required[int]
    is_input_counted: Required[bool]
    is_output_counted: Required[bool]
    contact_id: int | None
    cost_center_id: int | None
    latitude: float | None
    longitude: float | None
    description: str | None


class Store(TypedDict, total=False):
    """A row of `/stores`."""

    id: Required[int]
    uuid: str
    name: str
    address: str
    latitude: float
    longitude: float
    area: float
    store_type: ReferenceWithUuid | None
    is_input_counted: bool
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    number_of_occupants: float | None
    description: str | None
    qrcode: str


class StoreData(TypedDict, total=False):
    """What makes a row of `/stores`."""

    name: Required[str]
    address: Required[str]
    latitude: Required[float]
    longitude: Required[float]
    area: Required[float]
    store_type_id: Required[int]
    is_input_counted: Required[bool]
    contact_id: Required[int]
    cost_center_id: Required[int]
    number_of_occupants: float | None
    description: str | None


class StoreType(TypedDict, total=False):
    """A row of `/storetypes`."""

    id: Required[int]
    uuid: str
    name: str
    description: str
    simplified_code: str


class StoreTypeData(TypedDict, total=False):
    """What makes a row of `/storetypes`."""

    name: Required[str]
    description: Required[str]
    simplified_code: Required[str]


class Svg(TypedDict, total=False):
    """A row of `/svgs`."""

    id: Required[int]
    uuid: str
    name: str
    source_code: str
    description: str | None


class SvgData(TypedDict, total=False):
    """What makes a row of `/svgs`."""

    name: Required[str]
    source_code: Required[str]
    description: str | None


class Tariff(TypedDict, total=False):
    """A row of `/tariffs`."""

    id: Required[int]
    uuid: str
    name: str
    energy_category: Reference | None
    tariff_type: str
    unit_of_price: str
    valid_from: str
    valid_through: str
    timeofuse: list[TariffTimeofuse]


class TariffData(TypedDict, total=False):
    """What makes a row of `/tariffs`."""

    name: Required[str]
    energy_category: Required[TariffDataEnergyCategory]
    tariff_type: Required[Literal["timeofuse"]]
    unit_of_price: Required[str]
    valid_from: Required[str]
    valid_through: Required[str]
    timeofuse: Required[list[TariffDataTimeofuse]]


class TariffDataEnergyCategory(TypedDict, total=False):
    """Part of a row."""

    id: Required[int]


class TariffDataTimeofuse(TypedDict, total=False):
    """Part of a row."""

    start_time_of_day: Required[str]
    end_time_of_day: Required[str]
    peak_type: Required[Literal["toppeak", "onpeak", "midpeak", "offpeak", "deep"]]
    price: Required[float]


class TariffTimeofuse(TypedDict, total=False):
    """Part of a row."""

    start_time_of_day: str
    end_time_of_day: str
    peak_type: str
    price: float


class Tenant(TypedDict, total=False):
    """A row of `/tenants`."""

    id: Required[int]
    uuid: str
    name: str
    buildings: str
    floors: str
    rooms: str
    area: float
    tenant_type: ReferenceWithUuid | None
    is_input_counted: bool
    is_key_tenant: bool
    lease_number: str
    is_in_lease: bool
    lease_start_datetime: str
    lease_end_datetime: str
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    number_of_occupants: float | None
    description: str | None
    qrcode: str


class TenantData(TypedDict, total=False):
    """What makes a row of `/tenants`."""

    name: Required[str]
    buildings: Required[str]
    floors: Required[str]
    rooms: Required[str]
    area: Required[float]
    tenant_type_id: Required[int]
    is_input_counted: Required[bool]
    is_key_tenant: Required[bool]
    lease_number: Required[str]
    is_in_lease: Required[bool]
    lease_start_datetime: Required[str]
    lease_end_datetime: Required[str]
    contact_id: Required[int]
    cost_center_id: Required[int]
    number_of_occupants: float | None
    description: str | None


class TimeZoneReference(TypedDict, total=False):
    """A row that is referred to."""

    id: int
    name: str | None
    utc_offset: str | None


class Timezone(TypedDict, total=False):
    """A row of `/timezones`."""

    id: Required[int]
    name: str
    description: str
    utc_offset: str


class TimezoneChange(TypedDict, total=False):
    """What a row of `/timezones` is replaced by."""

    name: Required[str]
    description: Required[str]
    utc_offset: Required[str]


class User(TypedDict, total=False):
    """A row of `/users`."""

    id: Required[int]
    uuid: str
    name: str
    display_name: str
    email: str
    is_admin: bool
    is_read_only: bool
    privilege: Reference | None
    phone: str | None
    account_expiration_datetime: str
    password_expiration_datetime: str
    failed_login_count: int


class UserChange(TypedDict, total=False):
    """What a row of `/users` is replaced by."""

    name: Required[str]
    display_name: Required[str]
    email: Required[str]
    is_admin: Required[bool]
    is_read_only: bool
    privilege_id: int | None
    phone: str | None
    account_expiration_datetime: Required[str]
    password_expiration_datetime: Required[str]


class UserData(TypedDict, total=False):
    """What makes a row of `/users`."""

    name: Required[str]
    display_name: Required[str]
    email: Required[str]
    password: Required[str]
    is_admin: Required[bool]
    is_read_only: bool
    privilege_id: int | None
    phone: str | None
    account_expiration_datetime: Required[str]
    password_expiration_datetime: Required[str]


class VirtualMeter(TypedDict, total=False):
    """A row of `/virtualmeters`."""

    id: Required[int]
    uuid: str
    name: str
    energy_category: ReferenceWithUuid | None
    is_counted: bool
    cost_center: ReferenceWithUuid | None
    energy_item: ReferenceWithUuid | None
    description: str | None
    equation: str
    expression: VirtualMeterExpression


class VirtualMeterData(TypedDict, total=False):
    """What makes a row of `/virtualmeters`."""

    name: Required[str]
    energy_category_id: Required[int]
    is_counted: Required[bool]
    cost_center_id: Required[int]
    energy_item_id: int | None
    description: str | None
    expression: Required[VirtualMeterDataExpression]


class VirtualMeterDataExpression(TypedDict, total=False):
    """Part of a row."""

    equation: Required[str]
    variables: Required[list[VirtualMeterDataExpressionVariables]]


class VirtualMeterDataExpressionVariables(TypedDict, total=False):
    """Part of a row."""

    name: Required[str]
    meter_type: Required[Literal["meter", "offline_meter", "virtual_meter"]]
    meter_id: Required[int]


class VirtualMeterExpression(TypedDict, total=False):
    """Part of a row."""

    variables: list[VirtualMeterExpressionVariables]


class VirtualMeterExpressionVariables(TypedDict, total=False):
    """Part of a row."""

    id: int
    name: str
    meter_type: str
    meter_id: int | None


class VirtualPowerPlant(TypedDict, total=False):
    """A row of `/virtualpowerplants`."""

    id: Required[int]
    uuid: str
    name: str
    cost_center: ReferenceWithUuid | None
    balancing_price_point: Reference | None
    svg: ReferenceWithUuid | None
    description: str | None
    qrcode: str


class VirtualPowerPlantData(TypedDict, total=False):
    """What makes a row of `/virtualpowerplants`."""

    name: Required[str]
    cost_center_id: Required[int]
    balancing_price_point_id: Required[int]
    svg_id: Required[int]
    description: str | None


class WindFarm(TypedDict, total=False):
    """A row of `/windfarms`."""

    id: Required[int]
    uuid: str
    name: str
    address: str
    latitude: float
    longitude: float
    rated_power: float
    contact: ReferenceWithUuid | None
    cost_center: ReferenceWithUuid | None
    svg: ReferenceWithUuid | None
    description: str | None
    qrcode: str


class WindFarmData(TypedDict, total=False):
    """What makes a row of `/windfarms`."""

    name: Required[str]
    address: Required[str]
    latitude: Required[float]
    longitude: Required[float]
    rated_power: Required[float]
    contact_id: Required[int]
    cost_center_id: Required[int]
    svg_id: Required[int]
    description: str | None


class WorkingCalendar(TypedDict, total=False):
    """A row of `/workingcalendars`."""

    id: Required[int]
    name: str
    description: str | None


class WorkingCalendarData(TypedDict, total=False):
    """What makes a row of `/workingcalendars`."""

    name: Required[str]
    description: str | None


class Resources(Calls):
    """What a client has for each resource."""

    @property
    def advancedreports(self) -> Resource[Report, ReportData, ReportChange]:
        """Rows of `/advancedreports`."""
        return Resource(self, "advancedreports")

    @property
    def apikeys(self) -> Resource[ApiKey, ApiKeyData, ApiKeyData]:
        """Rows of `/apikeys`."""
        return Resource(self, "apikeys")

    @property
    def budgets(self) -> Resource[Budget, BudgetData, BudgetData]:
        """Rows of `/budgets`."""
        return Resource(self, "budgets")

    @property
    def cleaningrules(self) -> Resource[CleaningRule, CleaningRuleData, CleaningRuleData]:
        """Rows of `/cleaningrules`."""
        return Resource(self, "cleaningrules")

    @property
    def combinedequipments(self) -> Resource[CombinedEquipment, CombinedEquipmentData, CombinedEquipmentData]:
        """Rows of `/combinedequipments`."""
        return Resource(self, "combinedequipments")

    def combinedequipments_parameters(
        self,
        id_: int,
    ) -> Resource[CombinedEquipmentParameter, CombinedEquipmentParameterData, CombinedEquipmentParameterData]:
        """Rows of `/combinedequipments/{id_}/parameters`."""
        return Resource(self, f"combinedequipments/{id_}/parameters")

    @property
    def commands(self) -> Resource[Command, CommandData, CommandData]:
        """Rows of `/commands`."""
        return Resource(self, "commands")

    @property
    def contacts(self) -> Resource[Contact, ContactData, ContactData]:
        """Rows of `/contacts`."""
        return Resource(self, "contacts")

    @property
    def controlmodes(self) -> Resource[ControlMode, ControlModeData, ControlModeData]:
        """Rows of `/controlmodes`."""
        return Resource(self, "controlmodes")

    @property
    def costcenters(self) -> Resource[CostCenter, CostCenterData, CostCenterData]:
        """Rows of `/costcenters`."""
        return Resource(self, "costcenters")

    @property
    def datasources(self) -> Resource[DataSource, DataSourceData, DataSourceData]:
        """Rows of `/datasources`."""
        return Resource(self, "datasources")

    @property
    def distributioncircuits(
        self,
    ) -> Resource[DistributionCircuit, DistributionCircuitData, DistributionCircuitData]:
        """Rows of `/distributioncircuits`."""
        return Resource(self, "distributioncircuits")

    @property
    def distributionsystems(
        self,
    ) -> Resource[DistributionSystem, DistributionSystemData, DistributionSystemData]:
        """Rows of `/distributionsystems`."""
        return Resource(self, "distributionsystems")

    @property
    def emailservers(self) -> Resource[EmailServer, EmailServerData, EmailServerData]:
        """Rows of `/emailservers`."""
        return Resource(self, "emailservers")

    @property
    def energycategories(self) -> Resource[EnergyCategory, EnergyCategoryData, EnergyCategoryData]:
        """Rows of `/energycategories`."""
        return Resource(self, "energycategories")

    @property
    def energyflowdiagrams(self) -> Resource[EnergyFlowDiagram, EnergyFlowDiagramData, EnergyFlowDiagramData]:
        """Rows of `/energyflowdiagrams`."""
        return Resource(self, "energyflowdiagrams")

    def energyflowdiagrams_nodes(
        self,
        id_: int,
    ) -> Resource[EnergyFlowDiagramNode, EnergyFlowDiagramData, EnergyFlowDiagramData]:
        """Rows of `/energyflowdiagrams/{id_}/nodes`."""
        return Resource(self, f"energyflowdiagrams/{id_}/nodes")

    def energyflowdiagrams_links(
        self,
        id_: int,
    ) -> Resource[EnergyFlowDiagramLink, EnergyFlowDiagramLinkData, EnergyFlowDiagramLinkData]:
        """Rows of `/energyflowdiagrams/{id_}/links`."""
        return Resource(self, f"energyflowdiagrams/{id_}/links")

    @property
    def energyitems(self) -> Resource[EnergyItem, EnergyItemData, EnergyItemData]:
        """Rows of `/energyitems`."""
        return Resource(self, "energyitems")

    @property
    def energystoragecontainers(
        self,
    ) -> Resource[EnergyStorageContainer, EnergyStorageContainerData, EnergyStorageContainerData]:
        """Rows of `/energystoragecontainers`."""
        return Resource(self, "energystoragecontainers")

    def energystoragecontainers_batteries(
        self,
        id_: int,
    ) -> Resource[
        EnergyStorageContainerBattery,
        EnergyStorageContainerBatteryData,
        EnergyStorageContainerBatteryData,
    ]:
        """Rows of `/energystoragecontainers/{id_}/batteries`."""
        return Resource(self, f"energystoragecontainers/{id_}/batteries")

    def energystoragecontainers_grids(
        self,
        id_: int,
    ) -> Resource[EnergyStorageContainerGrid, EnergyStorageContainerGridData, EnergyStorageContainerGridData]:
        """Rows of `/energystoragecontainers/{id_}/grids`."""
        return Resource(self, f"energystoragecontainers/{id_}/grids")

    def energystoragecontainers_loads(
        self,
        id_: int,
    ) -> Resource[EnergyStorageContainerLoad, EnergyStorageContainerLoadData, EnergyStorageContainerLoadData]:
        """Rows of `/energystoragecontainers/{id_}/loads`."""
        return Resource(self, f"energystoragecontainers/{id_}/loads")

    def energystoragecontainers_schedules(
        self,
        id_: int,
    ) -> Resource[
        EnergyStorageContainerSchedule,
        EnergyStorageContainerScheduleData,
        EnergyStorageContainerScheduleData,
    ]:
        """Rows of `/energystoragecontainers/{id_}/schedules`."""
        return Resource(self, f"energystoragecontainers/{id_}/schedules")

    def energystoragecontainers_powerconversionsystems(
        self,
        id_: int,
    ) -> Resource[
        EnergyStorageContainerPowerConversionSystem,
        EnergyStorageContainerPowerConversionSystemData,
        EnergyStorageContainerPowerConversionSystemData,
    ]:
        """Rows of `/energystoragecontainers/{id_}/powerconversionsystems`."""
        return Resource(self, f"energystoragecontainers/{id_}/powerconversionsystems")

    def energystoragecontainers_dcdcs(
        self,
        id_: int,
    ) -> Resource[EnergyFlowDiagram, EnergyFlowDiagramData, EnergyFlowDiagramData]:
        """Rows of `/energystoragecontainers/{id_}/dcdcs`."""
        return Resource(self, f"energystoragecontainers/{id_}/dcdcs")

    def energystoragecontainers_firecontrols(
        self,
        id_: int,
    ) -> Resource[EnergyFlowDiagram, EnergyFlowDiagramData, EnergyFlowDiagramData]:
        """Rows of `/energystoragecontainers/{id_}/firecontrols`."""
        return Resource(self, f"energystoragecontainers/{id_}/firecontrols")

    def energystoragecontainers_hvacs(
        self,
        id_: int,
    ) -> Resource[EnergyFlowDiagram, EnergyFlowDiagramData, EnergyFlowDiagramData]:
        """Rows of `/energystoragecontainers/{id_}/hvacs`."""
        return Resource(self, f"energystoragecontainers/{id_}/hvacs")

    def energystoragecontainers_stses(
        self,
        id_: int,
    ) -> Resource[EnergyFlowDiagram, EnergyFlowDiagramData, EnergyFlowDiagramData]:
        """Rows of `/energystoragecontainers/{id_}/stses`."""
        return Resource(self, f"energystoragecontainers/{id_}/stses")

    @property
    def energystoragepowerstations(
        self,
    ) -> Resource[EnergyStoragePowerStation, EnergyStoragePowerStationData, EnergyStoragePowerStationData]:
        """Rows of `/energystoragepowerstations`."""
        return Resource(self, "energystoragepowerstations")

    @property
    def equipments(self) -> Resource[CombinedEquipment, CombinedEquipmentData, CombinedEquipmentData]:
        """Rows of `/equipments`."""
        return Resource(self, "equipments")

    def equipments_parameters(
        self,
        id_: int,
    ) -> Resource[CombinedEquipmentParameter, CombinedEquipmentParameterData, CombinedEquipmentParameterData]:
        """Rows of `/equipments/{id_}/parameters`."""
        return Resource(self, f"equipments/{id_}/parameters")

    @property
    def gateways(self) -> Resource[Gateway, GatewayData, GatewayData]:
        """Rows of `/gateways`."""
        return Resource(self, "gateways")

    @property
    def iotsimcards(self) -> Resource[IotSimCard, IotSimCardData, IotSimCardData]:
        """Rows of `/iotsimcards`."""
        return Resource(self, "iotsimcards")

    @property
    def meterexchanges(self) -> Resource[MeterExchange, MeterExchangeData, MeterExchangeData]:
        """Rows of `/meterexchanges`."""
        return Resource(self, "meterexchanges")

    @property
    def meters(self) -> Resource[Meter, MeterData, MeterData]:
        """Rows of `/meters`."""
        return Resource(self, "meters")

    @property
    def microgrids(self) -> Resource[Microgrid, MicrogridData, MicrogridData]:
        """Rows of `/microgrids`."""
        return Resource(self, "microgrids")

    def microgrids_batteries(
        self,
        id_: int,
    ) -> Resource[MicrogridBattery, EnergyStorageContainerBatteryData, EnergyStorageContainerBatteryData]:
        """Rows of `/microgrids/{id_}/batteries`."""
        return Resource(self, f"microgrids/{id_}/batteries")

    def microgrids_grids(
        self,
        id_: int,
    ) -> Resource[MicrogridGrid, EnergyStorageContainerGridData, EnergyStorageContainerGridData]:
        """Rows of `/microgrids/{id_}/grids`."""
        return Resource(self, f"microgrids/{id_}/grids")

    def microgrids_loads(
        self,
        id_: int,
    ) -> Resource[MicrogridLoad, EnergyStorageContainerLoadData, EnergyStorageContainerLoadData]:
        """Rows of `/microgrids/{id_}/loads`."""
        return Resource(self, f"microgrids/{id_}/loads")

    def microgrids_schedules(
        self,
        id_: int,
    ) -> Resource[
        EnergyStorageContainerSchedule,
        EnergyStorageContainerScheduleData,
        EnergyStorageContainerScheduleData,
    ]:
        """Rows of `/microgrids/{id_}/schedules`."""
        return Resource(self, f"microgrids/{id_}/schedules")

    def microgrids_evchargers(
        self,
        id_: int,
    ) -> Resource[MicrogridEvcharger, MicrogridEvchargerData, MicrogridEvchargerData]:
        """Rows of `/microgrids/{id_}/evchargers`."""
        return Resource(self, f"microgrids/{id_}/evchargers")

    def microgrids_generators(
        self,
        id_: int,
    ) -> Resource[MicrogridEvcharger, MicrogridEvchargerData, MicrogridEvchargerData]:
        """Rows of `/microgrids/{id_}/generators`."""
        return Resource(self, f"microgrids/{id_}/generators")

    def microgrids_photovoltaics(
        self,
        id_: int,
    ) -> Resource[MicrogridPhotovoltaic, MicrogridPhotovoltaicData, MicrogridPhotovoltaicData]:
        """Rows of `/microgrids/{id_}/photovoltaics`."""
        return Resource(self, f"microgrids/{id_}/photovoltaics")

    def microgrids_heatpumps(
        self,
        id_: int,
    ) -> Resource[MicrogridHeatpump, MicrogridHeatpumpData, MicrogridHeatpumpData]:
        """Rows of `/microgrids/{id_}/heatpumps`."""
        return Resource(self, f"microgrids/{id_}/heatpumps")

    def microgrids_powerconversionsystems(
        self,
        id_: int,
    ) -> Resource[
        MicrogridPowerConversionSystem,
        MicrogridPowerConversionSystemData,
        MicrogridPowerConversionSystemData,
    ]:
        """Rows of `/microgrids/{id_}/powerconversionsystems`."""
        return Resource(self, f"microgrids/{id_}/powerconversionsystems")

    @property
    def offlinemeters(self) -> Resource[OfflineMeter, OfflineMeterData, OfflineMeterData]:
        """Rows of `/offlinemeters`."""
        return Resource(self, "offlinemeters")

    @property
    def photovoltaicpowerstations(
        self,
    ) -> Resource[PhotovoltaicPowerStation, PhotovoltaicPowerStationData, PhotovoltaicPowerStationData]:
        """Rows of `/photovoltaicpowerstations`."""
        return Resource(self, "photovoltaicpowerstations")

    def photovoltaicpowerstations_grids(
        self,
        id_: int,
    ) -> Resource[
        PhotovoltaicPowerStationGrid,
        PhotovoltaicPowerStationGridData,
        PhotovoltaicPowerStationGridData,
    ]:
        """Rows of `/photovoltaicpowerstations/{id_}/grids`."""
        return Resource(self, f"photovoltaicpowerstations/{id_}/grids")

    def photovoltaicpowerstations_invertors(
        self,
        id_: int,
    ) -> Resource[
        PhotovoltaicPowerStationInvertor,
        PhotovoltaicPowerStationInvertorData,
        PhotovoltaicPowerStationInvertorData,
    ]:
        """Rows of `/photovoltaicpowerstations/{id_}/invertors`."""
        return Resource(self, f"photovoltaicpowerstations/{id_}/invertors")

    def photovoltaicpowerstations_loads(
        self,
        id_: int,
    ) -> Resource[
        PhotovoltaicPowerStationLoad,
        PhotovoltaicPowerStationLoadData,
        PhotovoltaicPowerStationLoadData,
    ]:
        """Rows of `/photovoltaicpowerstations/{id_}/loads`."""
        return Resource(self, f"photovoltaicpowerstations/{id_}/loads")

    @property
    def points(self) -> Resource[Point, PointData, PointData]:
        """Rows of `/points`."""
        return Resource(self, "points")

    @property
    def privileges(self) -> Resource[Privilege, PrivilegeData, PrivilegeData]:
        """Rows of `/privileges`."""
        return Resource(self, "privileges")

    @property
    def protocols(self) -> Resource[Protocol, ProtocolData, ProtocolData]:
        """Rows of `/protocols`."""
        return Resource(self, "protocols")

    @property
    def rules(self) -> Resource[Rule, RuleData, RuleData]:
        """Rows of `/rules`."""
        return Resource(self, "rules")

    @property
    def sensors(self) -> Resource[Sensor, GatewayData, GatewayData]:
        """Rows of `/sensors`."""
        return Resource(self, "sensors")

    @property
    def shopfloors(self) -> Resource[Shopfloor, ShopfloorData, ShopfloorData]:
        """Rows of `/shopfloors`."""
        return Resource(self, "shopfloors")

    @property
    def spaces(self) -> Resource[Space, SpaceData, SpaceData]:
        """Rows of `/spaces`."""
        return Resource(self, "spaces")

    @property
    def stores(self) -> Resource[Store, StoreData, StoreData]:
        """Rows of `/stores`."""
        return Resource(self, "stores")

    @property
    def storetypes(self) -> Resource[StoreType, StoreTypeData, StoreTypeData]:
        """Rows of `/storetypes`."""
        return Resource(self, "storetypes")

    @property
    def svgs(self) -> Resource[Svg, SvgData, SvgData]:
        """Rows of `/svgs`."""
        return Resource(self, "svgs")

    @property
    def tariffs(self) -> Resource[Tariff, TariffData, TariffData]:
        """Rows of `/tariffs`."""
        return Resource(self, "tariffs")

    @property
    def tenants(self) -> Resource[Tenant, TenantData, TenantData]:
        """Rows of `/tenants`."""
        return Resource(self, "tenants")

    @property
    def tenanttypes(self) -> Resource[StoreType, StoreTypeData, StoreTypeData]:
        """Rows of `/tenanttypes`."""
        return Resource(self, "tenanttypes")

    @property
    def timezones(self) -> Resource[Timezone, Never, TimezoneChange]:
        """Rows of `/timezones`."""
        return Resource(self, "timezones")

    @property
    def users(self) -> Resource[User, UserData, UserChange]:
        """Rows of `/users`."""
        return Resource(self, "users")

    @property
    def virtualmeters(self) -> Resource[VirtualMeter, VirtualMeterData, VirtualMeterData]:
        """Rows of `/virtualmeters`."""
        return Resource(self, "virtualmeters")

    @property
    def virtualpowerplants(self) -> Resource[VirtualPowerPlant, VirtualPowerPlantData, VirtualPowerPlantData]:
        """Rows of `/virtualpowerplants`."""
        return Resource(self, "virtualpowerplants")

    @property
    def windfarms(self) -> Resource[WindFarm, WindFarmData, WindFarmData]:
        """Rows of `/windfarms`."""
        return Resource(self, "windfarms")

    @property
    def workingcalendars(self) -> Resource[WorkingCalendar, WorkingCalendarData, WorkingCalendarData]:
        """Rows of `/workingcalendars`."""
        return Resource(self, "workingcalendars")

    @property
    def users_newusers(self) -> Resource[NewUser, Never, Never]:
        """Rows of `/users/newusers`."""
        return Resource(self, "users/newusers")
