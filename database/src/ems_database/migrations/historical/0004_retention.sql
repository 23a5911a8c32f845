-- From when on what depends on readings of a kind can be computed again: older ones were dropped by policy.
CREATE TABLE IF NOT EXISTS tbl_retention (
  kind VARCHAR(16) NOT NULL,
  complete_from_utc DATETIME NOT NULL,
  PRIMARY KEY (kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
