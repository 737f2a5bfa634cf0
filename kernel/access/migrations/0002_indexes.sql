-- What a role may do: a menu begins with the posts of its person, never with all who hold a role.
CREATE INDEX access_grants_role ON access_grants (role, permission);

-- The posts of a person, and of a role in an organ, in the order in which they were given.
CREATE INDEX access_holdings_person ON access_holdings (account, id);
DROP INDEX access_holdings_account;
CREATE INDEX access_holdings_held ON access_holdings (role, organ, id);
DROP INDEX access_holdings_role;
