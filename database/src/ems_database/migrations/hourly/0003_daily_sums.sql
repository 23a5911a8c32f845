-- Sums of the slots of each UTC day, and of each table the midnight through which they are there.
-- Aggregation fills them for the hours that exist.
CREATE TABLE IF NOT EXISTS tbl_rollups (
  id BIGINT NOT NULL AUTO_INCREMENT,
  table_name VARCHAR(64) NOT NULL,
  through_utc DATETIME NOT NULL,
  reached_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY rollups_u1 (table_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_daily_sums (
  rollup_id BIGINT NOT NULL,
  entity_id BIGINT NOT NULL,
  part_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  total DECIMAL(21,6) NOT NULL,
  slots SMALLINT UNSIGNED NOT NULL,
  estimated SMALLINT UNSIGNED NOT NULL,
  incomplete SMALLINT UNSIGNED NOT NULL,
  provisional SMALLINT UNSIGNED NOT NULL,
  PRIMARY KEY (rollup_id, entity_id, part_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
