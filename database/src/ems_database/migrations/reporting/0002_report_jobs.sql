-- Reports as jobs, on a schedule, and as saved documents.
CREATE TABLE IF NOT EXISTS tbl_report_documents (
  id BIGINT NOT NULL AUTO_INCREMENT,
  uuid CHAR(36) NOT NULL,
  name VARCHAR(128) NOT NULL,
  owner VARCHAR(160) NOT NULL,
  is_shared BOOL NOT NULL,
  definition LONGTEXT NOT NULL,
  created_datetime_utc DATETIME NOT NULL,
  updated_datetime_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY report_documents_u1 (uuid),
  KEY report_documents_i1 (owner)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_report_schedules (
  id BIGINT NOT NULL AUTO_INCREMENT,
  uuid CHAR(36) NOT NULL,
  name VARCHAR(128) NOT NULL,
  owner VARCHAR(160) NOT NULL,
  request LONGTEXT NOT NULL,
  rhythm VARCHAR(128) NOT NULL,
  time_zone VARCHAR(64) NOT NULL,
  recipients LONGTEXT NOT NULL,
  is_enabled BOOL NOT NULL,
  next_run_utc DATETIME NULL,
  last_run_utc DATETIME NULL,
  last_error LONGTEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY report_schedules_u1 (uuid),
  KEY report_schedules_i1 (owner),
  KEY report_schedules_i2 (is_enabled, next_run_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_report_jobs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  uuid CHAR(36) NOT NULL,
  owner VARCHAR(160) NOT NULL,
  schedule_id BIGINT NULL,
  due_utc DATETIME NULL,
  request LONGTEXT NOT NULL,
  status VARCHAR(16) NOT NULL,
  progress_pct INT NOT NULL,
  attempts INT NOT NULL,
  holder VARCHAR(128) NULL,
  until_utc DATETIME(3) NULL,
  created_utc DATETIME NOT NULL,
  started_utc DATETIME NULL,
  finished_utc DATETIME NULL,
  error_key VARCHAR(128) NULL,
  error LONGTEXT NULL,
  file_name VARCHAR(255) NULL,
  media_type VARCHAR(128) NULL,
  file_bytes BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY report_jobs_u1 (uuid),
  UNIQUE KEY report_jobs_u2 (schedule_id, due_utc),
  KEY report_jobs_i1 (status),
  KEY report_jobs_i2 (owner),
  KEY report_jobs_i3 (finished_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_report_job_pieces (
  job_id BIGINT NOT NULL,
  number INT NOT NULL,
  content LONGBLOB NOT NULL,
  PRIMARY KEY (job_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_report_deliveries (
  job_id BIGINT NOT NULL,
  email_message_id BIGINT NOT NULL,
  error LONGTEXT NULL,
  PRIMARY KEY (job_id, email_message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
