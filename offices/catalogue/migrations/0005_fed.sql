-- Resources that feed a register by the provider's gateway. What is published of them is the register's, and no dataset.
CREATE TABLE catalogue_fed (
    resource TEXT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL
);
