-- Values that stand in for missing and bad analog readings, beside the readings.
CREATE TABLE IF NOT EXISTS tbl_estimated_readings (
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME(3) NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  method VARCHAR(32) NOT NULL,
  PRIMARY KEY (point_id, utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
