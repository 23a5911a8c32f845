CREATE TABLE IF NOT EXISTS tbl_email_messages (
  id BIGINT NOT NULL AUTO_INCREMENT,
  rule_id BIGINT NOT NULL,
  recipient_name VARCHAR(128) NOT NULL,
  recipient_email VARCHAR(128) NOT NULL,
  subject VARCHAR(128) NOT NULL,
  message LONGTEXT NOT NULL,
  attachment_file_name VARCHAR(128) NULL,
  attachment_file_object LONGBLOB NULL,
  created_datetime_utc DATETIME NOT NULL,
  scheduled_datetime_utc DATETIME NOT NULL,
  status VARCHAR(32) NOT NULL,
  PRIMARY KEY (id),
  KEY email_messages_i1 (status, scheduled_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_rules (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  category VARCHAR(128) NOT NULL,
  fdd_code VARCHAR(128) NOT NULL,
  priority VARCHAR(128) NOT NULL,
  channel VARCHAR(128) NOT NULL,
  expression LONGTEXT NULL,
  message_template LONGTEXT NOT NULL,
  is_enabled BOOL NOT NULL,
  last_run_datetime_utc DATETIME NULL,
  next_run_datetime_utc DATETIME NULL,
  is_run_immediately BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY rules_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_email_servers (
  id BIGINT NOT NULL AUTO_INCREMENT,
  host VARCHAR(255) NOT NULL,
  port INT NOT NULL,
  requires_authentication BOOL NOT NULL,
  user_name VARCHAR(255) NULL,
  password VARCHAR(255) NULL,
  from_addr VARCHAR(255) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_text_messages_outbox (
  id BIGINT NOT NULL AUTO_INCREMENT,
  rule_id BIGINT NOT NULL,
  recipient_name VARCHAR(32) NOT NULL,
  recipient_mobile VARCHAR(32) NOT NULL,
  message LONGTEXT NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  scheduled_datetime_utc DATETIME NOT NULL,
  acknowledge_code VARCHAR(32) NULL,
  status VARCHAR(32) NOT NULL,
  PRIMARY KEY (id),
  KEY text_messages_outbox_i1 (status, scheduled_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_text_messages_inbox (
  id BIGINT NOT NULL AUTO_INCREMENT,
  sender_mobile VARCHAR(32) NOT NULL,
  message LONGTEXT NOT NULL,
  received_datetime_utc DATETIME NOT NULL,
  status VARCHAR(32) NOT NULL,
  PRIMARY KEY (id),
  KEY text_messages_inbox_i1 (status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_web_messages (
  id BIGINT NOT NULL AUTO_INCREMENT,
  rule_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  subject VARCHAR(128) NOT NULL,
  category VARCHAR(128) NOT NULL,
  priority VARCHAR(128) NOT NULL,
  message LONGTEXT NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  start_datetime_utc DATETIME NULL,
  end_datetime_utc DATETIME NULL,
  update_datetime_utc DATETIME NULL,
  status VARCHAR(32) NOT NULL,
  reply LONGTEXT NULL,
  belong_to_object_type VARCHAR(128) NULL,
  belong_to_object_id BIGINT NULL,
  PRIMARY KEY (id),
  KEY web_messages_i1 (user_id, status, created_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_wechat_configs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  api_server VARCHAR(255) NOT NULL,
  app_id VARCHAR(255) NOT NULL,
  app_secret VARCHAR(255) NULL,
  access_token VARCHAR(512) NULL,
  expires_datetime_utc DATETIME NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_wechat_messages_outbox (
  id BIGINT NOT NULL AUTO_INCREMENT,
  rule_id BIGINT NOT NULL,
  recipient_name VARCHAR(32) NOT NULL,
  recipient_openid VARCHAR(32) NOT NULL,
  message_template_id VARCHAR(64) NOT NULL,
  message_data LONGTEXT NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  scheduled_datetime_utc DATETIME NOT NULL,
  acknowledge_code VARCHAR(32) NULL,
  status VARCHAR(32) NOT NULL,
  PRIMARY KEY (id),
  KEY wechat_messages_outbox_i1 (status, scheduled_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_wechat_messages_inbox (
  id BIGINT NOT NULL AUTO_INCREMENT,
  sender_openid VARCHAR(32) NOT NULL,
  message LONGTEXT NOT NULL,
  received_datetime_utc DATETIME NOT NULL,
  status VARCHAR(32) NOT NULL,
  PRIMARY KEY (id),
  KEY wechat_messages_inbox_i1 (status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_change_journal (
  id BIGINT NOT NULL AUTO_INCREMENT,
  kind VARCHAR(32) NOT NULL,
  entity_kind VARCHAR(32) NOT NULL,
  entity_id BIGINT NOT NULL,
  from_utc DATETIME(6) NOT NULL,
  to_utc DATETIME(6) NOT NULL,
  created_utc DATETIME(6) NOT NULL,
  reason VARCHAR(255) NOT NULL,
  PRIMARY KEY (id),
  KEY change_journal_i1 (kind, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_leases (
  name VARCHAR(64) NOT NULL,
  holder VARCHAR(128) NOT NULL,
  until_utc DATETIME(3) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
