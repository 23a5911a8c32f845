CREATE TABLE IF NOT EXISTS tbl_analog_value (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  is_bad BOOL NULL,
  is_published BOOL NULL,
  PRIMARY KEY (point_id, utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
PARTITION BY RANGE COLUMNS(utc_date_time) (
  PARTITION p_past VALUES LESS THAN ('2000-01-01'),
  PARTITION p_future VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE IF NOT EXISTS tbl_analog_value_latest (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_value (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  is_bad BOOL NULL,
  is_published BOOL NULL,
  PRIMARY KEY (point_id, utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
PARTITION BY RANGE COLUMNS(utc_date_time) (
  PARTITION p_past VALUES LESS THAN ('2000-01-01'),
  PARTITION p_future VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE IF NOT EXISTS tbl_energy_value_latest (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_digital_value (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value INT NOT NULL,
  is_bad BOOL NULL,
  is_published BOOL NULL,
  PRIMARY KEY (point_id, utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
PARTITION BY RANGE COLUMNS(utc_date_time) (
  PARTITION p_past VALUES LESS THAN ('2000-01-01'),
  PARTITION p_future VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE IF NOT EXISTS tbl_digital_value_latest (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value INT NOT NULL,
  PRIMARY KEY (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_text_value (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value LONGTEXT NOT NULL,
  is_bad BOOL NULL,
  is_published BOOL NULL,
  PRIMARY KEY (point_id, utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
PARTITION BY RANGE COLUMNS(utc_date_time) (
  PARTITION p_past VALUES LESS THAN ('2000-01-01'),
  PARTITION p_future VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE IF NOT EXISTS tbl_text_value_latest (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value LONGTEXT NOT NULL,
  PRIMARY KEY (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_cost_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  file_name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  upload_datetime_utc DATETIME NOT NULL,
  status VARCHAR(45) NOT NULL,
  file_object LONGBLOB NOT NULL,
  report LONGTEXT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_data_repair_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  file_name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  upload_datetime_utc DATETIME NOT NULL,
  status VARCHAR(45) NOT NULL,
  file_object LONGBLOB NOT NULL,
  report LONGTEXT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_plan_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  file_name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  upload_datetime_utc DATETIME NOT NULL,
  status VARCHAR(45) NOT NULL,
  file_object LONGBLOB NOT NULL,
  report LONGTEXT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_offline_meter_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  file_name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  upload_datetime_utc DATETIME NOT NULL,
  status VARCHAR(45) NOT NULL,
  file_object LONGBLOB NOT NULL,
  report LONGTEXT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_reading_verdicts (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  rule VARCHAR(32) NOT NULL,
  detail VARCHAR(255) NOT NULL,
  judged_utc DATETIME(3) NOT NULL,
  PRIMARY KEY (point_id, utc_date_time, rule)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_cleaning_watermarks (
  point_id BIGINT NOT NULL,
  judged_through_utc DATETIME(3) NOT NULL,
  PRIMARY KEY (point_id)
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
