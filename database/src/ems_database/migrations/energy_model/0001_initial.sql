CREATE TABLE IF NOT EXISTS tbl_meter_8760 (
  meter_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (meter_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_virtual_meter_8760 (
  virtual_meter_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (virtual_meter_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_offline_meter_8760 (
  offline_meter_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (offline_meter_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_input_category_8760 (
  equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (equipment_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_input_item_8760 (
  equipment_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (equipment_id, energy_item_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipment_output_category_8760 (
  equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (equipment_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipment_input_category_8760 (
  combined_equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (combined_equipment_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipment_input_item_8760 (
  combined_equipment_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (combined_equipment_id, energy_item_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipment_output_category_8760 (
  combined_equipment_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (combined_equipment_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_store_input_category_8760 (
  store_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (store_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_store_input_item_8760 (
  store_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (store_id, energy_item_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenant_input_category_8760 (
  tenant_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (tenant_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenant_input_item_8760 (
  tenant_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (tenant_id, energy_item_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloor_input_category_8760 (
  shopfloor_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (shopfloor_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloor_input_item_8760 (
  shopfloor_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (shopfloor_id, energy_item_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_input_category_8760 (
  space_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (space_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_input_item_8760 (
  space_id BIGINT NOT NULL,
  energy_item_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (space_id, energy_item_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_space_output_category_8760 (
  space_id BIGINT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (space_id, energy_category_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_charge_8760 (
  energy_storage_container_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_container_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_discharge_8760 (
  energy_storage_container_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_container_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_grid_buy_8760 (
  energy_storage_container_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_container_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_grid_sell_8760 (
  energy_storage_container_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_container_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_container_load_8760 (
  energy_storage_container_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_container_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_charge_8760 (
  energy_storage_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_discharge_8760 (
  energy_storage_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_grid_buy_8760 (
  energy_storage_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_grid_sell_8760 (
  energy_storage_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_station_load_8760 (
  energy_storage_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (energy_storage_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_charge_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_discharge_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_evcharger_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_grid_buy_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_grid_sell_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_load_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrid_photovoltaic_8760 (
  microgrid_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (microgrid_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_generation_8760 (
  photovoltaic_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (photovoltaic_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_grid_buy_8760 (
  photovoltaic_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (photovoltaic_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_grid_sell_8760 (
  photovoltaic_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (photovoltaic_power_station_id, hour_of_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_station_load_8760 (
  photovoltaic_power_station_id BIGINT NOT NULL,
  hour_of_year INT NOT NULL,
  actual_value DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (photovoltaic_power_station_id, hour_of_year)
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
