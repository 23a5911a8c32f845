-- Offline meters may be spread over a day's hours by a shape of their own.
CREATE TABLE IF NOT EXISTS tbl_offline_meter_profiles (
  offline_meter_id BIGINT NOT NULL,
  is_working_day BOOL NOT NULL,
  hour_of_day INT NOT NULL,
  weight DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (offline_meter_id, is_working_day, hour_of_day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
