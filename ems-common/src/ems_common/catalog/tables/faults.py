"""Rules of fault detection and the messages they send."""

from __future__ import annotations

from ems_common.catalog.model import Table, blob, char36, flag, instant, integer, longtext, ref, table, text

_OBJECTS = ("SYSTEM", "SPACE", "METER", "TENANT", "STORE", "SHOPFLOOR", "EQUIPMENT", "COMBINEDEQUIPMENT")
_PRIORITY = text("priority", 128, choices=("CRITICAL", "HIGH", "MEDIUM", "LOW"))
_MOMENTS = (instant("created_datetime_utc"), instant("scheduled_datetime_utc"))
_ACKNOWLEDGEMENT = (
    text("acknowledge_code", 32, null=True),
    text("status", 32, choices=("new", "sent", "acknowledged", "timeout")),
)


def _inbox(name: str, sender: str) -> Table:
    return table(
        name,
        text(sender, 32),
        longtext("message"),
        instant("received_datetime_utc"),
        text("status", 32, choices=("new", "done")),
        index=("status",),
    )


TABLES: tuple[Table, ...] = (
    table(
        "tbl_email_messages",
        ref("rule_id", "tbl_rules"),
        text("recipient_name", 128),
        text("recipient_email", 128),
        text("subject", 128),
        longtext("message"),
        text("attachment_file_name", 128, null=True),
        blob("attachment_file_object", null=True),
        *_MOMENTS,
        text("status", 32, choices=("new", "sent", "timeout")),
        index=("status scheduled_datetime_utc",),
    ),
    table(
        "tbl_rules",
        text("name", 128),
        char36(),
        text("category", 128, choices=("REALTIME", *_OBJECTS)),
        text("fdd_code", 128),
        _PRIORITY,
        text("channel", 128, choices=("WEB", "EMAIL", "SMS", "WECHAT", "CALL")),
        longtext("expression", null=True, json=True),
        longtext("message_template"),
        flag("is_enabled"),
        instant("last_run_datetime_utc", null=True),
        instant("next_run_datetime_utc", null=True),
        flag("is_run_immediately"),
        index=("name",),
    ),
    table(
        "tbl_rules_events",
        ref("rule_id", "tbl_rules"),
        text("object_type", 32),
        ref("object_id"),
        instant("start_datetime_utc"),
        instant("end_datetime_utc", null=True),
        unique=("rule_id object_type object_id start_datetime_utc",),
        index=("start_datetime_utc",),
    ),
    table(
        "tbl_email_servers",
        text("host"),
        integer("port"),
        flag("requires_authentication"),
        text("user_name", null=True),
        text("password", null=True),
        text("from_addr"),
    ),
    table(
        "tbl_text_messages_outbox",
        ref("rule_id", "tbl_rules"),
        text("recipient_name", 32),
        text("recipient_mobile", 32),
        longtext("message"),
        *_MOMENTS,
        *_ACKNOWLEDGEMENT,
        index=("status scheduled_datetime_utc",),
    ),
    _inbox("tbl_text_messages_inbox", "sender_mobile"),
    table(
        "tbl_web_messages",
        ref("rule_id", "tbl_rules"),
        ref("user_id", "tbl_users"),
        text("subject", 128),
        text("category", 128, choices=_OBJECTS),
        _PRIORITY,
        longtext("message"),
        instant("created_datetime_utc"),
        instant("start_datetime_utc", null=True),
        instant("end_datetime_utc", null=True),
        instant("update_datetime_utc", null=True),
        text("status", 32, choices=("new", "acknowledged", "read")),
        longtext("reply", null=True),
        text(
            "belong_to_object_type",
            128,
            null=True,
            choices=(*_OBJECTS, "MICROGRID", "ENERGYSTORAGECONTAINER", "PHOTOVOLTAICPOWERSTATION"),
        ),
        ref("belong_to_object_id", null=True),
        index=("user_id status created_datetime_utc",),
    ),
    table(
        "tbl_wechat_configs",
        text("api_server"),
        text("app_id"),
        text("app_secret", null=True),
        text("access_token", 512, null=True),
        instant("expires_datetime_utc"),
    ),
    table(
        "tbl_wechat_messages_outbox",
        ref("rule_id", "tbl_rules"),
        text("recipient_name", 32),
        text("recipient_openid", 32),
        text("message_template_id", 64),
        longtext("message_data", json=True),
        *_MOMENTS,
        *_ACKNOWLEDGEMENT,
        index=("status scheduled_datetime_utc",),
    ),
    _inbox("tbl_wechat_messages_inbox", "sender_openid"),
)
