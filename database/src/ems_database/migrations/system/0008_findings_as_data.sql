-- What a stage finds wrong is kept as data, to be told in the reader's language; older rows have a sentence alone.
ALTER TABLE tbl_findings ADD COLUMN data LONGTEXT NULL AFTER message;
