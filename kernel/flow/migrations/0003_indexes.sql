-- Open signals are counted by level on every page of the workbench, from the index alone.
CREATE INDEX flow_signals_levels ON flow_signals (open, level);
CREATE INDEX flow_signals_organ_levels ON flow_signals (organ, open, level, handler_account);
