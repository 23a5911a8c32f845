-- The stages tell what they do, and what they find wrong with the configuration.
CREATE TABLE IF NOT EXISTS tbl_stage_progress (
  stage VARCHAR(64) NOT NULL,
  instance VARCHAR(128) NOT NULL,
  is_working BOOL NOT NULL,
  step VARCHAR(64) NOT NULL,
  done_ratio DECIMAL(21,6) NOT NULL,
  remaining_s DECIMAL(21,6) NULL,
  updated_utc DATETIME(3) NOT NULL,
  last_pass_utc DATETIME(3) NULL,
  last_pass_s DECIMAL(21,6) NULL,
  last_summary LONGTEXT NULL,
  PRIMARY KEY (stage)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_findings (
  id BIGINT NOT NULL AUTO_INCREMENT,
  stage VARCHAR(64) NOT NULL,
  kind VARCHAR(64) NOT NULL,
  entity_kind VARCHAR(32) NOT NULL,
  entity_id BIGINT NOT NULL,
  message VARCHAR(1000) NOT NULL,
  since_utc DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY findings_i1 (stage, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
