-- The zone whose days are summed, which is the site's; aggregation sums them anew when it is another.
ALTER TABLE tbl_rollups ADD COLUMN zone VARCHAR(64) NOT NULL DEFAULT 'UTC' AFTER table_name;
