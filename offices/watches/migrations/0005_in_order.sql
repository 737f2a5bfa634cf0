-- What is open of a file is read in the order of its cases, a few at a time.
DROP INDEX watches_hits_load;
DROP INDEX watches_hits_other;
CREATE INDEX watches_hits_load ON watches_hits (load, standing, case_id);
CREATE INDEX watches_hits_other ON watches_hits (other, standing, case_id);
