-- What came of an order to set a point; those of before are too old to be carried out.
ALTER TABLE tbl_points_set_values
  ADD COLUMN outcome VARCHAR(16) NULL,
  ADD COLUMN outcome_data LONGTEXT NULL,
  ADD COLUMN outcome_utc DATETIME(3) NULL,
  ADD COLUMN claimed_by VARCHAR(255) NULL,
  ADD KEY points_set_values_i3 (outcome, id);
-- What the control loop writes to, so that nobody else does.
CREATE TABLE IF NOT EXISTS tbl_controlled_targets (
  id BIGINT NOT NULL AUTO_INCREMENT,
  instance VARCHAR(255) NOT NULL,
  component VARCHAR(255) NOT NULL,
  channel VARCHAR(255) NOT NULL,
  place VARCHAR(1024) NOT NULL,
  first_place BIGINT NOT NULL,
  last_place BIGINT NOT NULL,
  seen_utc DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY controlled_targets_i1 (instance)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
