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

CREATE TABLE IF NOT EXISTS tbl_reports (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  expression LONGTEXT NULL,
  is_enabled BOOL NOT NULL,
  last_run_datetime_utc DATETIME NULL,
  next_run_datetime_utc DATETIME NULL,
  is_run_immediately BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY reports_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_reports_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  uuid CHAR(36) NOT NULL,
  create_datetime_utc DATETIME NOT NULL,
  file_name VARCHAR(255) NOT NULL,
  file_type VARCHAR(45) NOT NULL,
  file_object LONGBLOB NOT NULL,
  PRIMARY KEY (id),
  KEY reports_files_i1 (file_name),
  KEY reports_files_i2 (create_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_template_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  uuid CHAR(36) NOT NULL,
  report_id BIGINT NOT NULL,
  file_name VARCHAR(255) NOT NULL,
  file_type VARCHAR(45) NOT NULL,
  file_object LONGBLOB NOT NULL,
  PRIMARY KEY (id),
  KEY template_files_i1 (file_name),
  KEY template_files_i2 (report_id)
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
