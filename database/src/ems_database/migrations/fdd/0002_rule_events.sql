-- What rules have told of: so that each event is told once, whatever becomes of its messages.

CREATE TABLE IF NOT EXISTS tbl_rules_events (
  id BIGINT NOT NULL AUTO_INCREMENT,
  rule_id BIGINT NOT NULL,
  object_type VARCHAR(32) NOT NULL,
  object_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  end_datetime_utc DATETIME NULL,
  PRIMARY KEY (id),
  UNIQUE KEY rules_events_u1 (rule_id, object_type, object_id, start_datetime_utc),
  KEY rules_events_i1 (start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
