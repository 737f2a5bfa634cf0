-- Residents stand in the tables of registers (`register_rows`) from here on.
DROP TABLE population_files;
DROP TABLE population_refused;
DROP TABLE population_residents;
DROP TABLE population_loads;
