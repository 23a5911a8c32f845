"""Commands, control modes, rules, saved reports, drawings, mail servers."""

from __future__ import annotations

from ems_api.auth.given import EMAIL
from ems_api.errors import Fault
from ems_api.resources import hooks
from ems_api.resources.declare import Kind, Part, Resource, field, shown, unique
from ems_api.routing import Auth

RULE_CATEGORIES = (
    *("SYSTEM", "SPACE", "METER", "POINT", "TENANT", "STORE", "SHOPFLOOR"),
    *("EQUIPMENT", "COMBINEDEQUIPMENT", "VIRTUALMETER"),
)

RESOURCES = (
    Resource(
        "tbl_commands",
        (
            field("name"),
            field("topic"),
            field("payload", multiline=True),
            field("set_value"),
            field("description", multiline=True),
        ),
        unique=(unique("name", "COMMAND_NAME_IS_ALREADY_IN_USE"),),
        relations="METERS SPACES EQUIPMENTS COMBINED_EQUIPMENTS TENANTS STORES SHOPFLOORS"
        " ENERGY_STORAGE_CONTAINERS MICROGRIDS",
        search=("name", "topic"),
        exchange=True,
        group="Operation",
    ),
    Resource(
        "tbl_control_modes",
        (field("name"), field("is_active")),
        parts=(
            Part(
                "times",
                "tbl_control_modes_times",
                "control_mode_id",
                (
                    field("start_time_of_day", kind=Kind.CLOCK),
                    field("end_time_of_day", kind=Kind.CLOCK),
                    field("power_value", loose=True),
                ),
                error="INVALID_CONTROL_MODE_TIMES",
                needed=True,
            ),
        ),
        unique=(unique("name", "CONTROL_MODE_NAME_IS_ALREADY_IN_USE"),),
        exchange=True,
        group="Operation",
    ),
    Resource(
        "tbl_rules",
        (
            field("name"),
            field("category", choices=RULE_CATEGORIES),
            field("fdd_code"),
            field("priority", choices=("CRITICAL", "HIGH", "MEDIUM", "LOW")),
            field("channel", choices=("WEB", "EMAIL", "SMS", "WECHAT", "CALL")),
            field("expression", required=True, strict=True, multiline=True),
            field("message_template", multiline=True, is_markup=True),
            field("is_enabled", error="IS_ENABLED"),
            shown("last_run_datetime"),
            shown("next_run_datetime"),
            field("is_run_immediately", error="IS_RUN_IMMEDIATELY"),
        ),
        database="fdd_db",
        read=Auth.ADMIN,
        unique=(unique("name", "RULE_NAME_IS_ALREADY_IN_USE"),),
        exchange=True,
        group="Operation",
        columns=("name", "category", "fdd_code", "priority", "channel", "is_enabled"),
        prepare=hooks.check_watch,
    ),
    Resource(
        "tbl_reports",
        (
            field("name", error="ADVANCEDREPORT_NAME"),
            field("expression", required=True, strict=True, multiline=True),
            field("is_enabled", error="IS_ENABLED"),
            shown("last_run_datetime"),
            field("next_run_datetime", required_on_update=True),
            field("is_run_immediately", error="IS_RUN_IMMEDIATELY"),
        ),
        path="/advancedreports",
        entity="ADVANCED_REPORT",
        log_name="AdvancedReport",
        database="reporting_db",
        read=Auth.ADMIN,
        unique=(unique("name", "ADVANCED_REPORT_NAME_IS_ALREADY_IN_USE"),),
        exchange=True,
        group="Operation",
    ),
    Resource(
        "tbl_svgs",
        (
            field("name"),
            field("source_code", error="SVG_SOURCE_CODE", multiline=True, is_heavy=True),
            field("description", multiline=True),
        ),
        unique=(unique("name", "SVG_NAME_IS_ALREADY_IN_USE"),),
        log_name="SVG",
        relations="EQUIPMENTS COMBINED_EQUIPMENTS DISTRIBUTION_SYSTEMS ENERGY_STORAGE_POWER_STATIONS"
        " PHOTOVOLTAIC_POWER_STATIONS MICROGRIDS VIRTUAL_POWER_PLANTS WIND_FARMS CHARGING_STATIONS",
        search=("name",),
        exchange=True,
        group="Operation",
        columns=("name", "description"),
    ),
    Resource(
        "tbl_email_servers",
        (
            field("host", error="EMAIL_SERVER_HOST"),
            field("port", above=0, maximum=65535),
            field("requires_authentication", error="REQUIRES_AUTHENTICATION"),
            field("user_name", required_if=("requires_authentication", True)),
            field("password", kind=Kind.SECRET, required_if=("requires_authentication", True)),
            field("from_addr", pattern=EMAIL.pattern),
        ),
        database="fdd_db",
        read=Auth.ADMIN,
        unique=(unique("host", "EMAIL_SERVER_HOST_IS_ALREADY_IN_USE", status=404),),
        missing=Fault("EMAIL_SERVER_NOT_FOUND"),
        prepare=hooks.encode_mail_password,
        finish=hooks.mask_password,
        label="host",
        group="Operation",
    ),
)
