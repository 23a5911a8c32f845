CREATE TABLE IF NOT EXISTS tbl_products (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  unit_of_measure VARCHAR(32) NOT NULL,
  tag VARCHAR(128) NOT NULL,
  standard_product_coefficient DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  KEY products_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shifts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  team_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  product_count INT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  end_datetime_utc DATETIME NOT NULL,
  reference_timestamp DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY shifts_i1 (shopfloor_id, product_id, end_datetime_utc),
  KEY shifts_i2 (shopfloor_id, product_id, start_datetime_utc, end_datetime_utc),
  KEY shifts_i3 (shopfloor_id, reference_timestamp),
  KEY shifts_i4 (shopfloor_id, team_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_hourly (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  product_id BIGINT NOT NULL,
  product_count DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY equipment_hourly_i1 (equipment_id, product_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloor_hourly (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  product_id BIGINT NOT NULL,
  product_count DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY shopfloor_hourly_i1 (shopfloor_id, product_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_products (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_teams (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  team_id BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_hourly (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  product_id BIGINT NOT NULL,
  product_count DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY space_hourly_i1 (space_id, product_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_teams (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY teams_i1 (name)
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
