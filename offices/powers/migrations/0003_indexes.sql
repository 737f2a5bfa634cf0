-- The items that stand, by code, with all that the counts beside the facets look at: an item itself
-- is some ten kilobytes, and is read for the lines that are shown only.
CREATE INDEX powers_items_standing
    ON powers_items (local_code, effective_from, effective_to, organ, organ_name, id)
    WHERE state = 'published';
DROP INDEX powers_items_listed;
