-- For whom the post was exercised in which a step was taken (受委托代行), if for somebody else.
ALTER TABLE flow_events ADD COLUMN for_account TEXT;
ALTER TABLE flow_events ADD COLUMN for_name TEXT;
