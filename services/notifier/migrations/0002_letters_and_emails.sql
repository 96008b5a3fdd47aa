-- One sending of the letters due to one person. The bytes are frozen when it is composed and go when it has ended well.
--
-- ready ─▶ sending ─▶ sent | refused | unknown        ready, sending ─▶ dissolved: its letters are composed anew
CREATE TABLE own.emails (
    email_id uuid PRIMARY KEY,
    contact_id uuid NOT NULL,
    contact_version integer NOT NULL,
    hub_id uuid NOT NULL,
    -- Whom its text names beside the reader: an erasure must find it.
    mentions uuid[] NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'sending', 'sent', 'refused', 'unknown', 'dissolved')),
    recipient text,
    message bytea,
    composed_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    -- Who sends it, until when by the server's own time. A sender that lost its lease may only note what it knows.
    lease uuid,
    leased_until timestamptz,
    -- Committed before the content goes out: from here on a lost connection means that nobody knows.
    data_started_at timestamptz,
    ended_at timestamptz,
    detail text NOT NULL DEFAULT '',
    CHECK (state NOT IN ('ready', 'sending') OR (message IS NOT NULL AND recipient IS NOT NULL))
);
CREATE INDEX emails_ready ON own.emails (due_at) WHERE state = 'ready';
CREATE INDEX emails_sending ON own.emails (leased_until) WHERE state = 'sending';
CREATE INDEX emails_unknown ON own.emails (ended_at) WHERE state = 'unknown' AND message IS NOT NULL;
CREATE INDEX emails_of_contact ON own.emails (contact_id, composed_at);

-- One thing said to one contact about one match. The id is made from that; without a contact, until one is chosen.
--
-- waiting ─▶ sending ─▶ sent | refused | unknown (─▶ bounced)        waiting ─▶ stale | too_late | undeliverable
CREATE TABLE own.letters (
    letter_id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 0,
    match_id uuid NOT NULL,
    hub_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    kind text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('school', 'employer')),
    terms_version integer NOT NULL,
    contact_id uuid,
    contact_version integer,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'refused', 'unknown', 'bounced', 'stale', 'too_late',
                         'undeliverable')),
    due_at timestamptz NOT NULL,
    -- Not looked at again before: quiet hours, the day's cap, others to go with.
    hold_until timestamptz,
    email_id uuid REFERENCES own.emails,
    -- The terms as they were told, for the letter that names a change.
    told jsonb,
    written_at timestamptz NOT NULL,
    ended_at timestamptz,
    detail text NOT NULL DEFAULT '',
    correlation_id uuid NOT NULL,
    causation_id uuid
);
-- The same thing is said once. Only where it was refused is it said again, to somebody else.
CREATE UNIQUE INDEX letters_said_once ON own.letters (match_id, kind, terms_version)
    WHERE state NOT IN ('refused', 'bounced');
CREATE INDEX letters_of_match ON own.letters (match_id);
CREATE INDEX letters_of_email ON own.letters (email_id);
CREATE INDEX letters_of_contact ON own.letters (contact_id, ended_at);
CREATE INDEX letters_waiting ON own.letters (due_at) WHERE state = 'waiting' AND email_id IS NULL;
