-- Beyond MyEMS: when and where a session was opened and used last, so that its owner can tell sessions apart.
CREATE TABLE IF NOT EXISTS tbl_sessions_uses (
  session_id BIGINT NOT NULL,
  opened_utc DATETIME NOT NULL,
  opened_by VARCHAR(32) NOT NULL,
  address VARCHAR(64) NOT NULL,
  agent VARCHAR(256) NOT NULL,
  last_used_utc DATETIME NULL,
  last_address VARCHAR(64) NULL,
  PRIMARY KEY (session_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
