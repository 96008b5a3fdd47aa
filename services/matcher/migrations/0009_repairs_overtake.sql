-- Whether the lease is for a repair: nothing overtakes one. A full round is overtaken by what came free meanwhile.
ALTER TABLE own.areas ADD COLUMN for_repair boolean NOT NULL DEFAULT false;
