-- What a space or a tenant may use in a month or a year.
CREATE TABLE IF NOT EXISTS tbl_budgets (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL,
  uuid CHAR(36) NOT NULL,
  space_id BIGINT NULL,
  tenant_id BIGINT NULL,
  measure VARCHAR(8) NOT NULL,
  energy_category_id BIGINT NULL,
  period VARCHAR(8) NOT NULL,
  starts_on DATE NOT NULL,
  amount DECIMAL(21,6) NOT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY budgets_i1 (space_id),
  KEY budgets_i2 (tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
