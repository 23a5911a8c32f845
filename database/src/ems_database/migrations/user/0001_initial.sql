CREATE TABLE IF NOT EXISTS tbl_api_keys (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  token VARCHAR(255) NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  expires_datetime_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY api_keys_i1 (created_datetime_utc, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_email_messages (
  id BIGINT NOT NULL AUTO_INCREMENT,
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

CREATE TABLE IF NOT EXISTS tbl_email_message_sessions (
  id BIGINT NOT NULL AUTO_INCREMENT,
  recipient_email VARCHAR(128) NOT NULL,
  token VARCHAR(128) NOT NULL,
  expires_datetime_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY email_message_sessions_i1 (recipient_email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_users (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  display_name VARCHAR(128) NOT NULL,
  email VARCHAR(128) NOT NULL,
  phone VARCHAR(20) NULL,
  salt VARCHAR(128) NOT NULL,
  password VARCHAR(256) NOT NULL,
  is_admin BOOL NOT NULL,
  is_read_only BOOL NOT NULL DEFAULT 0,
  privilege_id BIGINT NULL,
  account_expiration_datetime_utc DATETIME NOT NULL,
  password_expiration_datetime_utc DATETIME NOT NULL,
  failed_login_count INT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY users_u1 (phone)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_privileges (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(45) NOT NULL,
  data LONGTEXT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_sessions (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_uuid CHAR(36) NOT NULL,
  token VARCHAR(128) NOT NULL,
  utc_expires DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY sessions_i1 (user_uuid, token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_logs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_uuid CHAR(36) NOT NULL,
  request_datetime_utc DATETIME NOT NULL,
  request_method VARCHAR(256) NOT NULL,
  resource_type VARCHAR(256) NOT NULL,
  resource_id BIGINT NULL,
  request_body LONGTEXT NULL,
  PRIMARY KEY (id),
  KEY logs_i1 (user_uuid, request_datetime_utc, request_method)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_new_users (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  display_name VARCHAR(128) NOT NULL,
  email VARCHAR(128) NOT NULL,
  salt VARCHAR(128) NOT NULL,
  password VARCHAR(256) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_notifications (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  status VARCHAR(32) NOT NULL,
  subject VARCHAR(128) NOT NULL,
  message LONGTEXT NOT NULL,
  url VARCHAR(128) NULL,
  PRIMARY KEY (id),
  KEY notifications_i1 (user_id, created_datetime_utc, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_verification_codes (
  id BIGINT NOT NULL AUTO_INCREMENT,
  recipient_email VARCHAR(128) NOT NULL,
  verification_code VARCHAR(128) NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  expires_datetime_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY verification_codes_i1 (recipient_email, created_datetime_utc)
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
