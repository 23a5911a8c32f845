-- What several owners share may be divided by area, headcount or consumption.
ALTER TABLE tbl_combined_equipments_equipments
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_combined_equipments_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_combined_equipments_virtual_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_combined_equipments_offline_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_equipments_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_equipments_virtual_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_equipments_offline_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_shopfloors_equipments
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_shopfloors_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_shopfloors_virtual_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_shopfloors_offline_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_combined_equipments
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_equipments
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_virtual_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_offline_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_shopfloors
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_stores
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_spaces_tenants
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_stores_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_stores_virtual_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_stores_offline_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_tenants_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_tenants_virtual_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_tenants_offline_meters
  ADD COLUMN allocation VARCHAR(16) NOT NULL DEFAULT 'share',
  ADD COLUMN reference_kind VARCHAR(32) NULL,
  ADD COLUMN reference_id BIGINT NULL;
ALTER TABLE tbl_shopfloors ADD COLUMN number_of_occupants DECIMAL(21,6) NULL;
ALTER TABLE tbl_stores ADD COLUMN number_of_occupants DECIMAL(21,6) NULL;
ALTER TABLE tbl_tenants ADD COLUMN number_of_occupants DECIMAL(21,6) NULL;
