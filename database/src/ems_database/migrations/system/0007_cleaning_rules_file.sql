-- What the rules file of cleaning says, so that others judge by the same parameters; one row.
CREATE TABLE IF NOT EXISTS tbl_cleaning_rules_file (
  id BIGINT NOT NULL AUTO_INCREMENT,
  content LONGTEXT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
