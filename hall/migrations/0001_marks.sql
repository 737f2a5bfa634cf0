-- What is true of the whole database: `demo`, where its accounts have passwords that everybody knows.
CREATE TABLE hall_marks (
    name TEXT NOT NULL PRIMARY KEY
);
