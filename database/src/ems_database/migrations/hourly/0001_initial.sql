CREATE TABLE IF NOT EXISTS tbl_meter_hourly (
  meter_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (meter_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_virtual_meter_hourly (
  virtual_meter_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (virtual_meter_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_offline_meter_hourly (
  offline_meter_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (offline_meter_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_input_category_hourly (
  equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (equipment_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_input_item_hourly (
  equipment_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (equipment_id, energy_item_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_output_category_hourly (
  equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (equipment_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipment_input_category_hourly (
  combined_equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (combined_equipment_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipment_input_item_hourly (
  combined_equipment_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (combined_equipment_id, energy_item_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipment_output_category_hourly (
  combined_equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (combined_equipment_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_store_input_category_hourly (
  store_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_store_input_item_hourly (
  store_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, energy_item_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenant_input_category_hourly (
  tenant_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenant_input_item_hourly (
  tenant_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, energy_item_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloor_input_category_hourly (
  shopfloor_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (shopfloor_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloor_input_item_hourly (
  shopfloor_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (shopfloor_id, energy_item_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_input_category_hourly (
  space_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (space_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_input_item_hourly (
  space_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (space_id, energy_item_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_output_category_hourly (
  space_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (space_id, energy_category_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_charge_hourly (
  energy_storage_container_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_container_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_discharge_hourly (
  energy_storage_container_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_container_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_grid_buy_hourly (
  energy_storage_container_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_container_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_grid_sell_hourly (
  energy_storage_container_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_container_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_load_hourly (
  energy_storage_container_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_container_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_charge_hourly (
  energy_storage_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_discharge_hourly (
  energy_storage_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_grid_buy_hourly (
  energy_storage_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_grid_sell_hourly (
  energy_storage_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_load_hourly (
  energy_storage_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (energy_storage_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_charge_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_discharge_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_evcharger_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_grid_buy_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_grid_sell_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_load_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_photovoltaic_hourly (
  microgrid_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (microgrid_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_generation_hourly (
  photovoltaic_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (photovoltaic_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_grid_buy_hourly (
  photovoltaic_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (photovoltaic_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_grid_sell_hourly (
  photovoltaic_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (photovoltaic_power_station_id, start_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_load_hourly (
  photovoltaic_power_station_id BIGINT NOT NULL,
  start_datetime_utc DATETIME NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  quality TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (photovoltaic_power_station_id, start_datetime_utc)
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
