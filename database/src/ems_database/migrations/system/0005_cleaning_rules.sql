-- Parameters of the rules that judge readings, for a kind of point or for one point.
CREATE TABLE IF NOT EXISTS tbl_cleaning_rules (
  id BIGINT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  point_kind VARCHAR(16) NULL,
  point_id BIGINT NULL,
  rule VARCHAR(32) NOT NULL,
  is_enabled BOOL NOT NULL,
  parameters LONGTEXT NULL,
  description VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY cleaning_rules_i1 (point_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
