-- Places that came free are planned at once, for what they concern alone; `repaired` is the news up to which that is
-- done. A full round confirms or improves it when the area is quiet.
ALTER TABLE own.areas ADD COLUMN repaired bigint NOT NULL DEFAULT 0;

-- Which offers and requests urgent news is about, until a full round has planned them.
CREATE TABLE own.freed (
    area_id uuid NOT NULL,
    news bigint NOT NULL,
    offer_id uuid NOT NULL,
    request_id uuid NOT NULL,
    PRIMARY KEY (area_id, news, offer_id, request_id)
);
