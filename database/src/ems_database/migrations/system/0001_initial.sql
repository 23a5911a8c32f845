CREATE TABLE IF NOT EXISTS tbl_contacts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  email VARCHAR(255) NOT NULL,
  phone VARCHAR(255) NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  area DECIMAL(21,6) NOT NULL,
  is_input_counted BOOL NOT NULL,
  contact_id BIGINT NULL,
  cost_center_id BIGINT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY shopfloors_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  parent_space_id BIGINT NULL,
  area DECIMAL(21,6) NOT NULL,
  number_of_occupants DECIMAL(21,6) NOT NULL DEFAULT 1,
  timezone_id BIGINT NOT NULL,
  is_input_counted BOOL NOT NULL,
  is_output_counted BOOL NOT NULL,
  contact_id BIGINT NULL,
  cost_center_id BIGINT NULL,
  latitude DECIMAL(12,10) NULL,
  longitude DECIMAL(13,10) NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY spaces_i1 (name),
  KEY spaces_i2 (parent_space_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  address VARCHAR(255) NOT NULL,
  latitude DECIMAL(12,10) NOT NULL,
  longitude DECIMAL(13,10) NOT NULL,
  area DECIMAL(21,6) NOT NULL,
  store_type_id BIGINT NOT NULL,
  is_input_counted BOOL NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY stores_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_store_types (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  description VARCHAR(255) NOT NULL,
  simplified_code VARCHAR(255) NOT NULL,
  PRIMARY KEY (id),
  KEY store_types_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  buildings VARCHAR(255) NOT NULL,
  floors VARCHAR(255) NOT NULL,
  rooms VARCHAR(255) NOT NULL,
  area DECIMAL(21,6) NOT NULL,
  tenant_type_id BIGINT NOT NULL,
  is_input_counted BOOL NOT NULL,
  is_key_tenant BOOL NOT NULL,
  lease_number VARCHAR(255) NOT NULL,
  lease_start_datetime_utc DATETIME NOT NULL,
  lease_end_datetime_utc DATETIME NOT NULL,
  is_in_lease BOOL NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY tenants_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenant_types (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  description VARCHAR(255) NOT NULL,
  simplified_code VARCHAR(255) NOT NULL,
  PRIMARY KEY (id),
  KEY tenant_types_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_timezones (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  description VARCHAR(64) NOT NULL,
  utc_offset VARCHAR(8) NOT NULL,
  iana_name VARCHAR(64) NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_working_calendars (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  description VARCHAR(64) NULL,
  PRIMARY KEY (id),
  KEY working_calendars_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_working_calendars_non_working_days (
  id BIGINT NOT NULL AUTO_INCREMENT,
  working_calendar_id BIGINT NOT NULL,
  date_local DATE NOT NULL,
  description VARCHAR(64) NULL,
  PRIMARY KEY (id),
  KEY working_calendars_non_working_days_i1 (working_calendar_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_data_sources (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  gateway_id BIGINT NOT NULL,
  protocol VARCHAR(128) NOT NULL,
  connection LONGTEXT NOT NULL,
  process_id BIGINT NULL,
  last_seen_datetime_utc DATETIME NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY data_sources_i1 (name),
  KEY data_sources_i2 (gateway_id),
  KEY data_sources_i3 (protocol)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_gateways (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  token CHAR(36) NOT NULL,
  last_seen_datetime_utc DATETIME NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY gateways_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_iot_sim_cards (
  id BIGINT NOT NULL AUTO_INCREMENT,
  iccid VARCHAR(255) NOT NULL,
  imsi VARCHAR(255) NULL,
  operator VARCHAR(255) NULL,
  status VARCHAR(255) NULL,
  active_time VARCHAR(255) NULL,
  open_time VARCHAR(255) NULL,
  expiration_time VARCHAR(255) NULL,
  used_traffic DECIMAL(21,6) NULL,
  total_traffic DECIMAL(21,6) NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY iot_sim_cards_i1 (iccid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_category_id BIGINT NOT NULL,
  is_counted BOOL NOT NULL,
  hourly_low_limit DECIMAL(21,6) NOT NULL,
  hourly_high_limit DECIMAL(21,6) NOT NULL,
  cost_center_id BIGINT NOT NULL,
  energy_item_id BIGINT NULL,
  master_meter_id BIGINT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY meters_i1 (name),
  KEY meters_i2 (energy_category_id),
  KEY meters_i3 (energy_item_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_category_id BIGINT NOT NULL,
  is_counted BOOL NOT NULL,
  hourly_low_limit DECIMAL(21,6) NOT NULL,
  hourly_high_limit DECIMAL(21,6) NOT NULL,
  cost_center_id BIGINT NOT NULL,
  energy_item_id BIGINT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY offline_meters_i1 (name),
  KEY offline_meters_i2 (energy_category_id),
  KEY offline_meters_i3 (energy_item_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(512) NOT NULL,
  data_source_id BIGINT NOT NULL,
  object_type VARCHAR(32) NOT NULL,
  units VARCHAR(32) NOT NULL,
  high_limit DECIMAL(21,6) NOT NULL,
  low_limit DECIMAL(21,6) NOT NULL,
  higher_limit DECIMAL(21,6) NULL,
  lower_limit DECIMAL(21,6) NULL,
  is_in_alarm BOOL NOT NULL DEFAULT 0,
  ratio DECIMAL(21,6) NOT NULL DEFAULT 1,
  offset_constant DECIMAL(21,6) NOT NULL DEFAULT 0,
  is_trend BOOL NOT NULL,
  is_virtual BOOL NOT NULL DEFAULT 0,
  address LONGTEXT NOT NULL,
  description VARCHAR(255) NULL,
  faults LONGTEXT NULL,
  definitions LONGTEXT NULL,
  register_modulus DECIMAL(21,6) NULL,
  max_power_kw DECIMAL(21,6) NULL,
  max_gap_minutes INT NULL,
  PRIMARY KEY (id),
  KEY points_i1 (name),
  KEY points_i2 (data_source_id),
  KEY points_i3 (id, object_type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_points_set_values (
  id BIGINT NOT NULL AUTO_INCREMENT,
  point_id BIGINT NOT NULL,
  utc_date_time DATETIME NOT NULL,
  set_value DECIMAL(21,6) NOT NULL,
  is_set BOOL NULL,
  PRIMARY KEY (id),
  KEY points_set_values_i1 (point_id, utc_date_time),
  KEY points_set_values_i2 (utc_date_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_protocols (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  code VARCHAR(255) NOT NULL,
  PRIMARY KEY (id),
  KEY protocols_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_sensors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY sensors_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  equation LONGTEXT NOT NULL,
  energy_category_id BIGINT NOT NULL,
  is_counted BOOL NOT NULL,
  cost_center_id BIGINT NOT NULL,
  energy_item_id BIGINT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY virtual_meters_i1 (name),
  KEY virtual_meters_i2 (energy_category_id),
  KEY virtual_meters_i3 (energy_item_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_variables (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name CHAR(36) NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  meter_type VARCHAR(32) NOT NULL,
  meter_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY variables_i1 (virtual_meter_id),
  KEY variables_i2 (meter_id, meter_type, virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_meter_exchanges (
  id BIGINT NOT NULL AUTO_INCREMENT,
  meter_id BIGINT NOT NULL,
  exchanged_utc DATETIME(3) NOT NULL,
  last_old_value DECIMAL(21,6) NOT NULL,
  first_new_value DECIMAL(21,6) NOT NULL,
  note VARCHAR(255) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY meter_exchanges_u1 (meter_id, exchanged_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_cost_centers (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  external_id VARCHAR(36) NULL,
  PRIMARY KEY (id),
  KEY cost_centers_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_categories (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  unit_of_measure VARCHAR(32) NOT NULL,
  kgce DECIMAL(21,6) NOT NULL,
  kgco2e DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_categories_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_items (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_category_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY energy_items_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tariffs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_category_id BIGINT NOT NULL,
  tariff_type VARCHAR(45) NOT NULL,
  unit_of_price VARCHAR(45) NOT NULL,
  valid_from_datetime_utc DATETIME NOT NULL,
  valid_through_datetime_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY tariffs_i1 (name),
  KEY tariffs_i2 (energy_category_id, valid_from_datetime_utc, valid_through_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tariffs_timeofuses (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tariff_id BIGINT NOT NULL,
  start_time_of_day TIME NOT NULL,
  end_time_of_day TIME NOT NULL,
  peak_type VARCHAR(8) NOT NULL,
  price DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY tariffs_timeofuses_i1 (tariff_id, start_time_of_day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  is_input_counted BOOL NOT NULL,
  is_output_counted BOOL NOT NULL,
  cost_center_id BIGINT NOT NULL,
  efficiency_indicator DECIMAL(21,6) NOT NULL DEFAULT 0,
  svg_id BIGINT NULL,
  camera_url VARCHAR(1000) NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY combined_equipments_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_parameters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  name VARCHAR(255) NOT NULL,
  parameter_type VARCHAR(255) NULL,
  constant VARCHAR(255) NULL,
  point_id BIGINT NULL,
  numerator_meter_uuid CHAR(36) NULL,
  denominator_meter_uuid CHAR(36) NULL,
  PRIMARY KEY (id),
  KEY combined_equipments_parameters_i1 (combined_equipment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  is_input_counted BOOL NOT NULL,
  is_output_counted BOOL NOT NULL,
  cost_center_id BIGINT NOT NULL,
  efficiency_indicator DECIMAL(21,6) NOT NULL DEFAULT 0,
  svg_id BIGINT NULL,
  camera_url VARCHAR(1000) NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY equipments_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments_parameters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  name VARCHAR(255) NOT NULL,
  parameter_type VARCHAR(255) NULL,
  constant VARCHAR(255) NULL,
  point_id BIGINT NULL,
  numerator_meter_uuid CHAR(36) NULL,
  denominator_meter_uuid CHAR(36) NULL,
  PRIMARY KEY (id),
  KEY equipments_parameters_i1 (equipment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_fuel_integrators (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  model VARCHAR(255) NOT NULL,
  power_point_id BIGINT NOT NULL,
  result_point_id BIGINT NOT NULL,
  is_enabled BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY fuel_integrators_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_heat_integrators (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  high_temperature_point_id BIGINT NOT NULL,
  low_temperature_point_id BIGINT NOT NULL,
  flow_point_id BIGINT NOT NULL,
  heat_capacity DECIMAL(21,6) NOT NULL,
  liquid_density DECIMAL(21,6) NOT NULL,
  coefficient DECIMAL(21,6) NOT NULL,
  result_point_id BIGINT NOT NULL,
  is_enabled BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY heat_integrators_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_power_integrators (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  power_point_id BIGINT NOT NULL,
  result_point_id BIGINT NOT NULL,
  is_enabled BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY power_integrators_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_charging_stations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  address VARCHAR(255) NOT NULL,
  latitude DECIMAL(12,10) NOT NULL,
  longitude DECIMAL(13,10) NOT NULL,
  latitude_point_id BIGINT NULL,
  longitude_point_id BIGINT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  svg_id BIGINT NOT NULL,
  svg2_id BIGINT NULL,
  svg3_id BIGINT NULL,
  svg4_id BIGINT NULL,
  svg5_id BIGINT NULL,
  is_cost_data_displayed BOOL NOT NULL,
  phase_of_lifecycle VARCHAR(255) NOT NULL,
  commissioning_date DATE NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY charging_stations_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  station_code VARCHAR(255) NOT NULL,
  address VARCHAR(255) NOT NULL,
  latitude DECIMAL(12,10) NOT NULL,
  longitude DECIMAL(13,10) NOT NULL,
  latitude_point_id BIGINT NULL,
  longitude_point_id BIGINT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  svg_id BIGINT NOT NULL,
  svg2_id BIGINT NULL,
  svg3_id BIGINT NULL,
  svg4_id BIGINT NULL,
  svg5_id BIGINT NULL,
  is_cost_data_displayed BOOL NOT NULL,
  phase_of_lifecycle VARCHAR(255) NOT NULL,
  commissioning_date DATE NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY photovoltaic_power_stations_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_grids (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  photovoltaic_power_station_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  buy_meter_id BIGINT NOT NULL,
  sell_meter_id BIGINT NOT NULL,
  capacity DECIMAL(21,6) NOT NULL,
  total_active_power_point_id BIGINT NULL,
  active_power_a_point_id BIGINT NULL,
  active_power_b_point_id BIGINT NULL,
  active_power_c_point_id BIGINT NULL,
  total_reactive_power_point_id BIGINT NULL,
  reactive_power_a_point_id BIGINT NULL,
  reactive_power_b_point_id BIGINT NULL,
  reactive_power_c_point_id BIGINT NULL,
  total_apparent_power_point_id BIGINT NULL,
  apparent_power_a_point_id BIGINT NULL,
  apparent_power_b_point_id BIGINT NULL,
  apparent_power_c_point_id BIGINT NULL,
  total_power_factor_point_id BIGINT NULL,
  active_energy_import_point_id BIGINT NULL,
  active_energy_export_point_id BIGINT NULL,
  active_energy_net_point_id BIGINT NULL,
  PRIMARY KEY (id),
  KEY photovoltaic_power_stations_grids_i1 (photovoltaic_power_station_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_invertors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  photovoltaic_power_station_id BIGINT NOT NULL,
  model VARCHAR(255) NOT NULL,
  serial_number VARCHAR(255) NOT NULL,
  invertor_state_point_id BIGINT NOT NULL,
  communication_state_point_id BIGINT NOT NULL,
  total_energy_point_id BIGINT NOT NULL,
  generation_meter_id BIGINT NOT NULL,
  today_energy_point_id BIGINT NULL,
  efficiency_point_id BIGINT NULL,
  temperature_point_id BIGINT NULL,
  power_factor_point_id BIGINT NULL,
  active_power_point_id BIGINT NULL,
  reactive_power_point_id BIGINT NULL,
  frequency_point_id BIGINT NULL,
  uab_point_id BIGINT NULL,
  ubc_point_id BIGINT NULL,
  uca_point_id BIGINT NULL,
  ua_point_id BIGINT NULL,
  ub_point_id BIGINT NULL,
  uc_point_id BIGINT NULL,
  ia_point_id BIGINT NULL,
  ib_point_id BIGINT NULL,
  ic_point_id BIGINT NULL,
  pv1_u_point_id BIGINT NULL,
  pv1_i_point_id BIGINT NULL,
  pv2_u_point_id BIGINT NULL,
  pv2_i_point_id BIGINT NULL,
  pv3_u_point_id BIGINT NULL,
  pv3_i_point_id BIGINT NULL,
  pv4_u_point_id BIGINT NULL,
  pv4_i_point_id BIGINT NULL,
  pv5_u_point_id BIGINT NULL,
  pv5_i_point_id BIGINT NULL,
  pv6_u_point_id BIGINT NULL,
  pv6_i_point_id BIGINT NULL,
  pv7_u_point_id BIGINT NULL,
  pv7_i_point_id BIGINT NULL,
  pv8_u_point_id BIGINT NULL,
  pv8_i_point_id BIGINT NULL,
  pv9_u_point_id BIGINT NULL,
  pv9_i_point_id BIGINT NULL,
  pv10_u_point_id BIGINT NULL,
  pv10_i_point_id BIGINT NULL,
  pv11_u_point_id BIGINT NULL,
  pv11_i_point_id BIGINT NULL,
  pv12_u_point_id BIGINT NULL,
  pv12_i_point_id BIGINT NULL,
  pv13_u_point_id BIGINT NULL,
  pv13_i_point_id BIGINT NULL,
  pv14_u_point_id BIGINT NULL,
  pv14_i_point_id BIGINT NULL,
  pv15_u_point_id BIGINT NULL,
  pv15_i_point_id BIGINT NULL,
  pv16_u_point_id BIGINT NULL,
  pv16_i_point_id BIGINT NULL,
  pv17_u_point_id BIGINT NULL,
  pv17_i_point_id BIGINT NULL,
  pv18_u_point_id BIGINT NULL,
  pv18_i_point_id BIGINT NULL,
  pv19_u_point_id BIGINT NULL,
  pv19_i_point_id BIGINT NULL,
  pv20_u_point_id BIGINT NULL,
  pv20_i_point_id BIGINT NULL,
  pv21_u_point_id BIGINT NULL,
  pv21_i_point_id BIGINT NULL,
  pv22_u_point_id BIGINT NULL,
  pv22_i_point_id BIGINT NULL,
  pv23_u_point_id BIGINT NULL,
  pv23_i_point_id BIGINT NULL,
  pv24_u_point_id BIGINT NULL,
  pv24_i_point_id BIGINT NULL,
  pv25_u_point_id BIGINT NULL,
  pv25_i_point_id BIGINT NULL,
  pv26_u_point_id BIGINT NULL,
  pv26_i_point_id BIGINT NULL,
  pv27_u_point_id BIGINT NULL,
  pv27_i_point_id BIGINT NULL,
  pv28_u_point_id BIGINT NULL,
  pv28_i_point_id BIGINT NULL,
  mppt_total_energy_point_id BIGINT NULL,
  mppt_power_point_id BIGINT NULL,
  mppt_1_energy_point_id BIGINT NULL,
  mppt_2_energy_point_id BIGINT NULL,
  mppt_3_energy_point_id BIGINT NULL,
  mppt_4_energy_point_id BIGINT NULL,
  mppt_5_energy_point_id BIGINT NULL,
  mppt_6_energy_point_id BIGINT NULL,
  mppt_7_energy_point_id BIGINT NULL,
  mppt_8_energy_point_id BIGINT NULL,
  mppt_9_energy_point_id BIGINT NULL,
  mppt_10_energy_point_id BIGINT NULL,
  startup_time_point_id BIGINT NULL,
  shutdown_time_point_id BIGINT NULL,
  PRIMARY KEY (id),
  KEY photovoltaic_power_stations_invertors_i1 (photovoltaic_power_station_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_loads (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  photovoltaic_power_station_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  rated_input_power DECIMAL(21,6) NOT NULL,
  total_active_power_point_id BIGINT NULL,
  active_power_a_point_id BIGINT NULL,
  active_power_b_point_id BIGINT NULL,
  active_power_c_point_id BIGINT NULL,
  total_reactive_power_point_id BIGINT NULL,
  reactive_power_a_point_id BIGINT NULL,
  reactive_power_b_point_id BIGINT NULL,
  reactive_power_c_point_id BIGINT NULL,
  total_apparent_power_point_id BIGINT NULL,
  apparent_power_a_point_id BIGINT NULL,
  apparent_power_b_point_id BIGINT NULL,
  apparent_power_c_point_id BIGINT NULL,
  total_power_factor_point_id BIGINT NULL,
  active_energy_import_point_id BIGINT NULL,
  active_energy_export_point_id BIGINT NULL,
  active_energy_net_point_id BIGINT NULL,
  PRIMARY KEY (id),
  KEY photovoltaic_power_stations_loads_i1 (photovoltaic_power_station_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_wind_farms (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  address VARCHAR(255) NOT NULL,
  latitude DECIMAL(12,10) NOT NULL,
  longitude DECIMAL(13,10) NOT NULL,
  latitude_point_id BIGINT NULL,
  longitude_point_id BIGINT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  svg_id BIGINT NOT NULL,
  svg2_id BIGINT NULL,
  svg3_id BIGINT NULL,
  svg4_id BIGINT NULL,
  svg5_id BIGINT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY wind_farms_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_batteries (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  battery_state_point_id BIGINT NOT NULL,
  soc_point_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  charge_meter_id BIGINT NOT NULL,
  discharge_meter_id BIGINT NOT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  nominal_voltage DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_batteries_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_dcdcs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_dcdcs_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_firecontrols (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_firecontrols_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_grids (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  buy_meter_id BIGINT NOT NULL,
  sell_meter_id BIGINT NOT NULL,
  capacity DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_grids_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_hvacs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_hvacs_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_loads (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  rated_input_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_loads_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_power_conversion_systems (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  run_state_point_id BIGINT NOT NULL,
  rated_output_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_power_conversion_syste_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_schedules (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_storage_container_id BIGINT NOT NULL,
  start_time_of_day TIME NOT NULL,
  end_time_of_day TIME NOT NULL,
  peak_type VARCHAR(8) NOT NULL,
  power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_schedules_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_stses (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY energy_storage_containers_stses_i1 (energy_storage_container_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_stations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  address VARCHAR(255) NOT NULL,
  latitude DECIMAL(12,10) NOT NULL,
  longitude DECIMAL(13,10) NOT NULL,
  latitude_point_id BIGINT NULL,
  longitude_point_id BIGINT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  svg_id BIGINT NOT NULL,
  svg2_id BIGINT NULL,
  svg3_id BIGINT NULL,
  svg4_id BIGINT NULL,
  svg5_id BIGINT NULL,
  is_cost_data_displayed BOOL NOT NULL,
  phase_of_lifecycle VARCHAR(255) NOT NULL,
  commissioning_date DATE NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY energy_storage_power_stations_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  address VARCHAR(255) NOT NULL,
  postal_code VARCHAR(255) NOT NULL,
  latitude DECIMAL(12,10) NOT NULL,
  longitude DECIMAL(13,10) NOT NULL,
  latitude_point_id BIGINT NULL,
  longitude_point_id BIGINT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  contact_id BIGINT NOT NULL,
  cost_center_id BIGINT NOT NULL,
  serial_number VARCHAR(255) NOT NULL,
  svg_id BIGINT NOT NULL,
  svg2_id BIGINT NULL,
  svg3_id BIGINT NULL,
  svg4_id BIGINT NULL,
  svg5_id BIGINT NULL,
  is_cost_data_displayed BOOL NOT NULL,
  phase_of_lifecycle VARCHAR(255) NOT NULL,
  commissioning_date DATE NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY microgrids_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_batteries (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  battery_state_point_id BIGINT NOT NULL,
  soc_point_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  charge_meter_id BIGINT NOT NULL,
  discharge_meter_id BIGINT NOT NULL,
  rated_capacity DECIMAL(21,6) NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  nominal_voltage DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_batteries_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_power_conversion_systems (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  run_state_point_id BIGINT NOT NULL,
  rated_output_power DECIMAL(21,6) NOT NULL,
  today_charge_energy_point_id BIGINT NOT NULL,
  today_discharge_energy_point_id BIGINT NOT NULL,
  total_charge_energy_point_id BIGINT NOT NULL,
  total_discharge_energy_point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_power_conversion_systems_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_evchargers (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  rated_output_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_evchargers_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_generators (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  rated_output_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_generators_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_grids (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  buy_meter_id BIGINT NOT NULL,
  sell_meter_id BIGINT NOT NULL,
  capacity DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_grids_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_heatpumps (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  electricity_meter_id BIGINT NOT NULL,
  heat_meter_id BIGINT NOT NULL,
  cooling_meter_id BIGINT NOT NULL,
  rated_input_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_heatpumps_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_loads (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  rated_input_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_loads_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_photovoltaics (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  microgrid_id BIGINT NOT NULL,
  power_point_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  rated_power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_photovoltaics_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_schedules (
  id BIGINT NOT NULL AUTO_INCREMENT,
  microgrid_id BIGINT NOT NULL,
  start_time_of_day TIME NOT NULL,
  end_time_of_day TIME NOT NULL,
  peak_type VARCHAR(8) NOT NULL,
  power DECIMAL(21,6) NOT NULL,
  PRIMARY KEY (id),
  KEY microgrids_schedules_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_virtual_power_plants (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  cost_center_id BIGINT NOT NULL,
  balancing_price_point_id BIGINT NOT NULL,
  svg_id BIGINT NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY virtual_power_plants_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  payload LONGTEXT NOT NULL,
  set_value DECIMAL(21,6) NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY commands_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_control_modes (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  is_active BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY control_modes_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_control_modes_times (
  id BIGINT NOT NULL AUTO_INCREMENT,
  control_mode_id BIGINT NOT NULL,
  start_time_of_day TIME NOT NULL,
  end_time_of_day TIME NOT NULL,
  power_value DECIMAL(21,6) NULL,
  power_point_id BIGINT NULL,
  power_equation LONGTEXT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY control_modes_times_i1 (control_mode_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_distribution_circuits (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  distribution_system_id BIGINT NOT NULL,
  distribution_room VARCHAR(255) NOT NULL,
  switchgear VARCHAR(255) NOT NULL,
  peak_load DECIMAL(21,6) NULL,
  peak_current DECIMAL(21,6) NULL,
  customers VARCHAR(255) NULL,
  meters VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY distribution_circuits_i1 (distribution_system_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_distribution_systems (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  svg_id BIGINT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY distribution_systems_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_flow_diagrams (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_flow_diagrams_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_flow_diagrams_links (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_flow_diagram_id BIGINT NOT NULL,
  source_node_id BIGINT NOT NULL,
  target_node_id BIGINT NOT NULL,
  meter_uuid CHAR(36) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_flow_diagrams_links_i1 (energy_flow_diagram_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_flow_diagrams_nodes (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_flow_diagram_id BIGINT NOT NULL,
  name VARCHAR(255) NOT NULL,
  PRIMARY KEY (id),
  KEY energy_flow_diagrams_nodes_i1 (energy_flow_diagram_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_knowledge_files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  file_name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  upload_datetime_utc DATETIME NOT NULL,
  upload_user_uuid CHAR(36) NOT NULL,
  file_object LONGBLOB NOT NULL,
  PRIMARY KEY (id),
  KEY knowledge_files_i1 (file_name),
  KEY knowledge_files_i2 (upload_datetime_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_menus (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(256) NOT NULL,
  route VARCHAR(256) NOT NULL,
  parent_menu_id BIGINT NULL,
  is_hidden BOOL NOT NULL,
  PRIMARY KEY (id),
  KEY menus_i1 (is_hidden, parent_menu_id),
  KEY menus_i2 (is_hidden),
  KEY menus_i3 (parent_menu_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_svgs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  uuid CHAR(36) NOT NULL,
  source_code LONGTEXT NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY svgs_i1 (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_versions (
  id BIGINT NOT NULL AUTO_INCREMENT,
  version VARCHAR(256) NOT NULL,
  release_date DATE NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY combined_equipments_commands_u1 (combined_equipment_id, command_id),
  KEY combined_equipments_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_data_sources (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  data_source_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY combined_equipments_data_sources_u1 (combined_equipment_id, data_source_id),
  KEY combined_equipments_data_sources_i1 (data_source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_equipments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  equipment_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY combined_equipments_equipments_u1 (combined_equipment_id, equipment_id, valid_from_utc),
  KEY combined_equipments_equipments_i1 (equipment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  is_output BOOL NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY combined_equipments_meters_u1 (combined_equipment_id, meter_id, valid_from_utc),
  KEY combined_equipments_meters_i1 (meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  is_output BOOL NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY combined_equipments_virtual_meters_u1 (combined_equipment_id, virtual_meter_id, valid_from_utc),
  KEY combined_equipments_virtual_meters_i1 (virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_combined_equipments_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  combined_equipment_id BIGINT NOT NULL,
  offline_meter_id BIGINT NOT NULL,
  is_output BOOL NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY combined_equipments_offline_meters_u1 (combined_equipment_id, offline_meter_id, valid_from_utc),
  KEY combined_equipments_offline_meters_i1 (offline_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_cost_centers_tariffs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  cost_center_id BIGINT NOT NULL,
  tariff_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY cost_centers_tariffs_u1 (cost_center_id, tariff_id),
  KEY cost_centers_tariffs_i1 (tariff_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_distribution_circuits_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  distribution_circuit_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY distribution_circuits_points_u1 (distribution_circuit_id, point_id),
  KEY distribution_circuits_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY equipments_commands_u1 (equipment_id, command_id),
  KEY equipments_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments_data_sources (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  data_source_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY equipments_data_sources_u1 (equipment_id, data_source_id),
  KEY equipments_data_sources_i1 (data_source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  is_output BOOL NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY equipments_meters_u1 (equipment_id, meter_id, valid_from_utc),
  KEY equipments_meters_i1 (meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  is_output BOOL NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY equipments_virtual_meters_u1 (equipment_id, virtual_meter_id, valid_from_utc),
  KEY equipments_virtual_meters_i1 (virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_equipments_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  equipment_id BIGINT NOT NULL,
  offline_meter_id BIGINT NOT NULL,
  is_output BOOL NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY equipments_offline_meters_u1 (equipment_id, offline_meter_id, valid_from_utc),
  KEY equipments_offline_meters_i1 (offline_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_meters_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  meter_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY meters_commands_u1 (meter_id, command_id),
  KEY meters_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_meters_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  meter_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY meters_points_u1 (meter_id, point_id),
  KEY meters_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_sensors_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  sensor_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY sensors_points_u1 (sensor_id, point_id),
  KEY sensors_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_commands_u1 (shopfloor_id, command_id),
  KEY shopfloors_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_equipments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  equipment_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_equipments_u1 (shopfloor_id, equipment_id, valid_from_utc),
  KEY shopfloors_equipments_i1 (equipment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_meters_u1 (shopfloor_id, meter_id, valid_from_utc),
  KEY shopfloors_meters_i1 (meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_virtual_meters_u1 (shopfloor_id, virtual_meter_id, valid_from_utc),
  KEY shopfloors_virtual_meters_i1 (virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  offline_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_offline_meters_u1 (shopfloor_id, offline_meter_id, valid_from_utc),
  KEY shopfloors_offline_meters_i1 (offline_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_points_u1 (shopfloor_id, point_id),
  KEY shopfloors_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_sensors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  sensor_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_sensors_u1 (shopfloor_id, sensor_id),
  KEY shopfloors_sensors_i1 (sensor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_shopfloors_working_calendars (
  id BIGINT NOT NULL AUTO_INCREMENT,
  shopfloor_id BIGINT NOT NULL,
  working_calendar_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY shopfloors_working_calendars_u1 (shopfloor_id, working_calendar_id),
  KEY shopfloors_working_calendars_i1 (working_calendar_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_charging_stations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  charging_station_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_charging_stations_u1 (space_id, charging_station_id),
  KEY spaces_charging_stations_i1 (charging_station_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_combined_equipments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  combined_equipment_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_combined_equipments_u1 (space_id, combined_equipment_id, valid_from_utc),
  KEY spaces_combined_equipments_i1 (combined_equipment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_commands_u1 (space_id, command_id),
  KEY spaces_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_distribution_systems (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  distribution_system_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_distribution_systems_u1 (space_id, distribution_system_id),
  KEY spaces_distribution_systems_i1 (distribution_system_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_energy_flow_diagrams (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  energy_flow_diagram_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_energy_flow_diagrams_u1 (space_id, energy_flow_diagram_id),
  KEY spaces_energy_flow_diagrams_i1 (energy_flow_diagram_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_energy_storage_power_stations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  energy_storage_power_station_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_energy_storage_power_stations_u1 (space_id, energy_storage_power_station_id),
  KEY spaces_energy_storage_power_stations_i1 (energy_storage_power_station_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_equipments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  equipment_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_equipments_u1 (space_id, equipment_id, valid_from_utc),
  KEY spaces_equipments_i1 (equipment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_meters_u1 (space_id, meter_id, valid_from_utc),
  KEY spaces_meters_i1 (meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_virtual_meters_u1 (space_id, virtual_meter_id, valid_from_utc),
  KEY spaces_virtual_meters_i1 (virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  offline_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_offline_meters_u1 (space_id, offline_meter_id, valid_from_utc),
  KEY spaces_offline_meters_i1 (offline_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_microgrids (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  microgrid_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_microgrids_u1 (space_id, microgrid_id),
  KEY spaces_microgrids_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_photovoltaic_power_stations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  photovoltaic_power_station_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_photovoltaic_power_stations_u1 (space_id, photovoltaic_power_station_id),
  KEY spaces_photovoltaic_power_stations_i1 (photovoltaic_power_station_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_points_u1 (space_id, point_id),
  KEY spaces_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_sensors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  sensor_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_sensors_u1 (space_id, sensor_id),
  KEY spaces_sensors_i1 (sensor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_shopfloors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  shopfloor_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_shopfloors_u1 (space_id, shopfloor_id, valid_from_utc),
  KEY spaces_shopfloors_i1 (shopfloor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_stores (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  store_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_stores_u1 (space_id, store_id, valid_from_utc),
  KEY spaces_stores_i1 (store_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_tenants (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  tenant_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_tenants_u1 (space_id, tenant_id, valid_from_utc),
  KEY spaces_tenants_i1 (tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_wind_farms (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  wind_farm_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_wind_farms_u1 (space_id, wind_farm_id),
  KEY spaces_wind_farms_i1 (wind_farm_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_spaces_working_calendars (
  id BIGINT NOT NULL AUTO_INCREMENT,
  space_id BIGINT NOT NULL,
  working_calendar_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY spaces_working_calendars_u1 (space_id, working_calendar_id),
  KEY spaces_working_calendars_i1 (working_calendar_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY stores_commands_u1 (store_id, command_id),
  KEY stores_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY stores_meters_u1 (store_id, meter_id, valid_from_utc),
  KEY stores_meters_i1 (meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY stores_virtual_meters_u1 (store_id, virtual_meter_id, valid_from_utc),
  KEY stores_virtual_meters_i1 (virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  offline_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY stores_offline_meters_u1 (store_id, offline_meter_id, valid_from_utc),
  KEY stores_offline_meters_i1 (offline_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY stores_points_u1 (store_id, point_id),
  KEY stores_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_sensors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  sensor_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY stores_sensors_u1 (store_id, sensor_id),
  KEY stores_sensors_i1 (sensor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_stores_working_calendars (
  id BIGINT NOT NULL AUTO_INCREMENT,
  store_id BIGINT NOT NULL,
  working_calendar_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY stores_working_calendars_u1 (store_id, working_calendar_id),
  KEY stores_working_calendars_i1 (working_calendar_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_commands_u1 (tenant_id, command_id),
  KEY tenants_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_meters_u1 (tenant_id, meter_id, valid_from_utc),
  KEY tenants_meters_i1 (meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_virtual_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  virtual_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_virtual_meters_u1 (tenant_id, virtual_meter_id, valid_from_utc),
  KEY tenants_virtual_meters_i1 (virtual_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_offline_meters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  offline_meter_id BIGINT NOT NULL,
  valid_from_utc DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00',
  valid_through_utc DATETIME NOT NULL DEFAULT '9000-01-01 00:00:00',
  share DECIMAL(21,6) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_offline_meters_u1 (tenant_id, offline_meter_id, valid_from_utc),
  KEY tenants_offline_meters_i1 (offline_meter_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_points_u1 (tenant_id, point_id),
  KEY tenants_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_sensors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  sensor_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_sensors_u1 (tenant_id, sensor_id),
  KEY tenants_sensors_i1 (sensor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_tenants_working_calendars (
  id BIGINT NOT NULL AUTO_INCREMENT,
  tenant_id BIGINT NOT NULL,
  working_calendar_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY tenants_working_calendars_u1 (tenant_id, working_calendar_id),
  KEY tenants_working_calendars_i1 (working_calendar_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_virtual_power_plants_microgrids (
  id BIGINT NOT NULL AUTO_INCREMENT,
  virtual_power_plant_id BIGINT NOT NULL,
  microgrid_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY virtual_power_plants_microgrids_u1 (virtual_power_plant_id, microgrid_id),
  KEY virtual_power_plants_microgrids_i1 (microgrid_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_storage_container_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_commands_u1 (energy_storage_container_id, command_id),
  KEY energy_storage_containers_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_data_sources (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_storage_container_id BIGINT NOT NULL,
  data_source_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_data_sources_u1 (energy_storage_container_id, data_source_id),
  KEY energy_storage_containers_data_sources_i1 (data_source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_stations_users (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_storage_power_station_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_power_stations_users_u1 (energy_storage_power_station_id, user_id),
  KEY energy_storage_power_stations_users_i1 (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  microgrid_id BIGINT NOT NULL,
  command_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_commands_u1 (microgrid_id, command_id),
  KEY microgrids_commands_i1 (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_data_sources (
  id BIGINT NOT NULL AUTO_INCREMENT,
  microgrid_id BIGINT NOT NULL,
  data_source_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_data_sources_u1 (microgrid_id, data_source_id),
  KEY microgrids_data_sources_i1 (data_source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_sensors (
  id BIGINT NOT NULL AUTO_INCREMENT,
  microgrid_id BIGINT NOT NULL,
  sensor_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_sensors_u1 (microgrid_id, sensor_id),
  KEY microgrids_sensors_i1 (sensor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_users (
  id BIGINT NOT NULL AUTO_INCREMENT,
  microgrid_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_users_u1 (microgrid_id, user_id),
  KEY microgrids_users_i1 (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_data_sources (
  id BIGINT NOT NULL AUTO_INCREMENT,
  photovoltaic_power_station_id BIGINT NOT NULL,
  data_source_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY photovoltaic_power_stations_data_sources_u1 (photovoltaic_power_station_id, data_source_id),
  KEY photovoltaic_power_stations_data_sources_i1 (data_source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_users (
  id BIGINT NOT NULL AUTO_INCREMENT,
  photovoltaic_power_station_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY photovoltaic_power_stations_users_u1 (photovoltaic_power_station_id, user_id),
  KEY photovoltaic_power_stations_users_i1 (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_dcdcs_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  dcdc_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_dcdcs_points_u1 (dcdc_id, point_id),
  KEY energy_storage_containers_dcdcs_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_firecontrols_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  firecontrol_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_firecontrols_points_u1 (firecontrol_id, point_id),
  KEY energy_storage_containers_firecontrols_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_grids_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  grid_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_grids_points_u1 (grid_id, point_id),
  KEY energy_storage_containers_grids_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_hvacs_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  hvac_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_hvacs_points_u1 (hvac_id, point_id),
  KEY energy_storage_containers_hvacs_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_loads_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  load_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_loads_points_u1 (load_id, point_id),
  KEY energy_storage_containers_loads_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_evchargers_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  evcharger_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_evchargers_points_u1 (evcharger_id, point_id),
  KEY microgrids_evchargers_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_generators_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  generator_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_generators_points_u1 (generator_id, point_id),
  KEY microgrids_generators_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_grids_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  grid_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_grids_points_u1 (grid_id, point_id),
  KEY microgrids_grids_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_heatpumps_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  heatpump_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_heatpumps_points_u1 (heatpump_id, point_id),
  KEY microgrids_heatpumps_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_loads_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  load_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_loads_points_u1 (load_id, point_id),
  KEY microgrids_loads_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_grids_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  grid_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY photovoltaic_power_stations_grids_points_u1 (grid_id, point_id),
  KEY photovoltaic_power_stations_grids_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_invertors_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  invertor_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY photovoltaic_power_stations_invertors_points_u1 (invertor_id, point_id),
  KEY photovoltaic_power_stations_invertors_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_photovoltaic_power_stations_loads_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  load_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY photovoltaic_power_stations_loads_points_u1 (load_id, point_id),
  KEY photovoltaic_power_stations_loads_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_stses_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  sts_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_stses_points_u1 (sts_id, point_id),
  KEY energy_storage_containers_stses_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_bmses_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  bms_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_bmses_points_u1 (bms_id, point_id),
  KEY energy_storage_containers_bmses_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_containers_pcses_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  pcs_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_containers_pcses_points_u1 (pcs_id, point_id),
  KEY energy_storage_containers_pcses_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_bmses_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  bms_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_bmses_points_u1 (bms_id, point_id),
  KEY microgrids_bmses_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_pcses_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  pcs_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_pcses_points_u1 (pcs_id, point_id),
  KEY microgrids_pcses_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_microgrids_pvs_points (
  id BIGINT NOT NULL AUTO_INCREMENT,
  pv_id BIGINT NOT NULL,
  point_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY microgrids_pvs_points_u1 (pv_id, point_id),
  KEY microgrids_pvs_points_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_energy_storage_power_stations_containers (
  id BIGINT NOT NULL AUTO_INCREMENT,
  energy_storage_power_station_id BIGINT NOT NULL,
  energy_storage_container_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY energy_storage_power_stations_containers_u1 (energy_storage_power_station_id, energy_storage_container_id),
  KEY energy_storage_power_stations_containers_i1 (energy_storage_container_id)
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
