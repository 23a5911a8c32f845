-- Accounts beyond MyEMS: audit log, second factors, sign-in by an identity provider, password history, use of keys.
CREATE TABLE IF NOT EXISTS tbl_api_keys_uses (
  api_key_id BIGINT NOT NULL,
  privilege_id BIGINT NULL,
  last_used_utc DATETIME NULL,
  last_address VARCHAR(64) NULL,
  use_count BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (api_key_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_audit (
  id BIGINT NOT NULL AUTO_INCREMENT,
  at_utc DATETIME(6) NOT NULL,
  request_id VARCHAR(64) NOT NULL,
  user_uuid CHAR(36) NULL,
  user_name VARCHAR(128) NOT NULL,
  via VARCHAR(16) NOT NULL,
  address VARCHAR(64) NOT NULL,
  action VARCHAR(32) NOT NULL,
  entity VARCHAR(128) NOT NULL,
  entity_id BIGINT NULL,
  outcome VARCHAR(128) NOT NULL,
  before_values LONGTEXT NULL,
  after_values LONGTEXT NULL,
  PRIMARY KEY (id),
  KEY audit_i1 (at_utc),
  KEY audit_i2 (user_uuid, at_utc),
  KEY audit_i3 (entity, entity_id, at_utc),
  KEY audit_i4 (action, at_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_password_history (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  salt VARCHAR(128) NOT NULL,
  password VARCHAR(256) NOT NULL,
  replaced_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY password_history_i1 (user_id, replaced_utc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_second_factors (
  user_id BIGINT NOT NULL,
  secret VARCHAR(512) NOT NULL,
  confirmed_utc DATETIME NULL,
  last_step BIGINT NOT NULL DEFAULT 0,
  failed_count INT NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_recovery_codes (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  code VARCHAR(256) NOT NULL,
  used_utc DATETIME NULL,
  PRIMARY KEY (id),
  KEY recovery_codes_i1 (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS tbl_identities (
  id BIGINT NOT NULL AUTO_INCREMENT,
  issuer VARCHAR(191) NOT NULL,
  subject VARCHAR(191) NOT NULL,
  user_id BIGINT NOT NULL,
  created_utc DATETIME NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY identities_u1 (issuer, subject),
  KEY identities_i1 (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Each request with a key looks its digest up. Servers that lack CREATE INDEX IF NOT EXISTS are asked first.
SET @add_index = (
  SELECT IF(COUNT(*) = 0, 'CREATE INDEX api_keys_i2 ON tbl_api_keys (token)', 'DO 0')
  FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'tbl_api_keys' AND index_name = 'api_keys_i2'
);

PREPARE add_index FROM @add_index;

EXECUTE add_index;

DEALLOCATE PREPARE add_index;

-- Searching the activity log by time, newest first.
SET @add_index = (
  SELECT IF(COUNT(*) = 0, 'CREATE INDEX logs_i2 ON tbl_logs (request_datetime_utc)', 'DO 0')
  FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'tbl_logs' AND index_name = 'logs_i2'
);

PREPARE add_index FROM @add_index;

EXECUTE add_index;

DEALLOCATE PREPARE add_index;
