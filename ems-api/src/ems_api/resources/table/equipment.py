"""Equipment, combined equipment and their parameters; distribution; energy flow diagrams."""

from __future__ import annotations

from ems_api.errors import Fault
from ems_api.resources import diagrams, hooks
from ems_api.resources.declare import Resource, UsedBy, field, unique
from ems_api.routing import Auth

PARAMETER_TYPES = ("constant", "point", "fraction")


def _parameters(owner: str) -> Resource:
    key = owner.upper()
    return Resource(
        f"tbl_{owner}s_parameters",
        (
            field("name"),
            field("parameter_type", required=True, choices=PARAMETER_TYPES, error=f"{key}_PARAMETER_TYPE"),
            field("constant", error="CONSTANT_VALUE", required_if=("parameter_type", "constant"), loose=True),
            field(
                "point_id",
                required_if=("parameter_type", "point"),
                missing=Fault("POINT_NOT_FOUND", 400, "BAD_REQUEST"),
            ),
            field(
                "numerator_meter_uuid",
                required_if=("parameter_type", "fraction"),
                in_list=False,
                in_item=False,
            ),
            field(
                "denominator_meter_uuid",
                required_if=("parameter_type", "fraction"),
                in_list=False,
                in_item=False,
            ),
        ),
        path=f"/{owner.replace('_', '')}s/{{id_}}/parameters",
        entity=f"{key}_PARAMETER",
        parent_column=f"{owner}_id",
        missing=Fault(f"{key}_PARAMETER_NOT_FOUND_OR_NOT_MATCH"),
        unique=(unique(f"name {owner}_id", f"{key}_PARAMETER_NAME_IS_ALREADY_IN_USE"),),
        agree=hooks.check_fraction,
        finish=hooks.show_fraction(f"tbl_{owner}s_parameters"),
        import_defaults=hooks.fraction_of_export,
    )


def _equipment(owner: str) -> Resource:
    return Resource(
        f"tbl_{owner}s",
        (
            field("name"),
            field("is_input_counted"),
            field("is_output_counted"),
            field("cost_center_id"),
            field("svg_id"),
            field("camera_url"),
            field("description", multiline=True),
            field("efficiency_indicator", required=True),
        ),
        unique=(unique("name", f"{owner.upper()}_NAME_IS_ALREADY_IN_USE"),),
        qrcode=owner.replace("_", ""),
        search=("name",),
        exchange=True,
        clones_by_post=("commands", "equipments"),
        relations="SPACES COMBINED_EQUIPMENTS SHOPFLOORS",
        children=(_parameters(owner),),
        journal=owner,
        group="Equipment",
        columns=("name", "cost_center_id", "is_input_counted", "is_output_counted", "efficiency_indicator"),
    )


RESOURCES = (
    _equipment("equipment"),
    _equipment("combined_equipment"),
    Resource(
        "tbl_distribution_systems",
        (
            field("name"),
            field("svg_id", required=True, show=("id", "name", "uuid", "source_code")),
            field("description", multiline=True),
        ),
        unique=(unique("name", "DISTRIBUTION_SYSTEM_NAME_IS_ALREADY_IN_USE"),),
        relations="SPACES",
        search=("name",),
        exchange=True,
        after_import=diagrams.import_circuits,
        export_more=diagrams.export_circuits,
        group="Equipment",
    ),
    Resource(
        "tbl_distribution_circuits",
        (
            field("name"),
            field("distribution_system_id", is_sought_first=True),
            field("distribution_room"),
            field("switchgear"),
            field("peak_load", required=True, unit="kW"),
            field("peak_current", required=True, unit="A"),
            field("customers"),
            field("meters"),
        ),
        unique=(unique("distribution_system_id name", "DISTRIBUTION_CIRCUIT_NAME_IS_ALREADY_IN_USE"),),
        group="Equipment",
    ),
    Resource(
        "tbl_energy_flow_diagrams",
        (field("name"),),
        unique=(unique("name", "ENERGY_FLOW_DIAGRAM_NAME_IS_ALREADY_IN_USE"),),
        search=("name",),
        exchange=True,
        finish=diagrams.show_diagram,
        after_import=diagrams.import_diagram,
        group="Equipment",
        serves_children_only=True,
        children=(
            Resource(
                "tbl_energy_flow_diagrams_nodes",
                (field("name"),),
                path="/energyflowdiagrams/{id_}/nodes",
                entity="ENERGY_FLOW_DIAGRAM_NODE",
                parent_column="energy_flow_diagram_id",
                read_item=Auth.SESSION,
                missing=Fault("ENERGY_FLOW_DIAGRAM_NODE_NOT_FOUND_OR_NOT_MATCH"),
                unique=(unique("name energy_flow_diagram_id", "ENERGY_FLOW_DIAGRAM_NAME_IS_ALREADY_IN_USE"),),
                used_by=(
                    UsedBy(
                        "tbl_energy_flow_diagrams_links",
                        ("source_node_id", "target_node_id"),
                        "THERE_IS_RELATION_WITH_LINKS",
                    ),
                ),
            ),
            Resource(
                "tbl_energy_flow_diagrams_links",
                (
                    *(
                        field(
                            f"{end}_node_id",
                            show=("id", "name"),
                            missing=Fault(f"{end.upper()}_NODE_NOT_FOUND", 400, "BAD_REQUEST"),
                        )
                        for end in ("source", "target")
                    ),
                    field(
                        "meter_uuid",
                        required=False,
                        required_on_update=True,
                        default="",
                        in_list=False,
                        in_item=False,
                    ),
                ),
                path="/energyflowdiagrams/{id_}/links",
                entity="ENERGY_FLOW_DIAGRAM_LINK",
                parent_column="energy_flow_diagram_id",
                read_item=Auth.SESSION,
                missing=Fault("ENERGY_FLOW_DIAGRAM_LINK_NOT_FOUND_OR_NOT_MATCH"),
                unique=(
                    unique(
                        "energy_flow_diagram_id source_node_id target_node_id",
                        "ENERGY_FLOW_DIAGRAM_LINK_IS_ALREADY_IN_USE",
                        title="NOT_FOUND",
                        told_apart_by="meter_uuid",
                    ),
                ),
                agree=diagrams.check_link,
                finish=diagrams.show_link_meter,
                label="id",
            ),
        ),
    ),
)
