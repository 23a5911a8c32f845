-- Data repair files can be undone: what they replaced is kept.
CREATE TABLE IF NOT EXISTS tbl_repaired_readings (
  file_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  old_value DECIMAL(21,6) NULL,
  old_is_bad BOOL NULL,
  new_value DECIMAL(21,6) NULL,
  applied_utc DATETIME(6) NOT NULL,
  PRIMARY KEY (file_id, point_id, utc_date_time),
  KEY repaired_readings_i1 (point_id, utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
