-- What charts and the map of open rows show, worked out once for each load: JSON by name.
CREATE TABLE catalogue_drawings (
    load BIGINT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (load, name)
);

-- How many resources are published, by organ, 类 and 项, and openness: counted anew for an organ whenever one of its is
-- published or taken out.
CREATE TABLE catalogue_tallies (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    open BIGINT NOT NULL,
    provider_name TEXT NOT NULL,
    counted BIGINT NOT NULL,
    PRIMARY KEY (provider, subject, open)
);
INSERT INTO catalogue_tallies (provider, subject, open, provider_name, counted)
    SELECT provider, subject, open, MAX(provider_name), CAST(COUNT(*) AS BIGINT)
    FROM catalogue_resources WHERE state = 'published' GROUP BY provider, subject, open;
