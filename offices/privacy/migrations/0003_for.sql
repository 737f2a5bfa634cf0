-- For whom the first person exercised the post (受委托代行): that one and who asked count as one person.
ALTER TABLE privacy_erasures ADD COLUMN asked_for TEXT;
