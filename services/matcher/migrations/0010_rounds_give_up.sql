-- How many full rounds in a row could not write all they planned. After so many nobody tries again before there is news.
ALTER TABLE own.areas ADD COLUMN skipping integer NOT NULL DEFAULT 0;
