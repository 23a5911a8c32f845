-- Versions of the content of tables: what was computed from their rows is good while the version stands.
CREATE TABLE IF NOT EXISTS tbl_content_versions (
  table_name VARCHAR(64) NOT NULL,
  shard INT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (table_name, shard)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
