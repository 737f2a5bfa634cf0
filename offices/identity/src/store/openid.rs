//! The SQL of OpenID Connect: clients, grants, tokens, consents, signing keys.

use access::{Account, Permit, Proposals, Proposed};
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::openid::{Client, Consent, Grant, Holders, KeptToken, SigningKeyRow, TokenKind};

/// Systems that somebody proposes.
pub const CLIENTS: Proposals = Proposals {
    table: "identity_clients",
    own: "id, name, organ, organ_name, holders, public, redirects, leaves, scopes, until_day, reason, \
          secret_mac, secret_at",
    who: "proposed",
    behalf: false,
    thing: "这个系统",
    verb: "提出",
};

/// Puts a client down that waits for a second person; those that nobody decided in time are over.
pub fn put_client(tx: &Tx<'_>, permit: &Permit, new: &Client) -> Outcome<()> {
    CLIENTS.lapse::<Client>(tx, permit, None, new.proposed.at.day())?;
    let own = [
        ("name", new.name.as_str().into()),
        ("organ", new.organ.as_str().into()),
        ("organ_name", new.organ_name.as_str().into()),
        ("holders", new.holders.as_str().into()),
        ("public", new.public.into()),
        ("redirects", new.redirects.join("\n").into()),
        ("leaves", new.leaves.join("\n").into()),
        ("scopes", new.scopes.join(" ").into()),
        ("until_day", new.until.into()),
        ("reason", new.reason.as_str().into()),
    ];
    CLIENTS.put(tx, permit, (new.id, &new.proposed), &own)
}

/// A client by id.
pub fn client_by_id(reader: &Reader<'_>, id: Id<Client>) -> Outcome<Option<Client>> {
    CLIENTS.by_id(reader, id)
}

/// The clients that wait or stand, and those that are over; the newest 200.
pub fn clients(reader: &Reader<'_>) -> Outcome<Vec<Client>> {
    CLIENTS.all(reader, "ORDER BY id DESC LIMIT 200", &[])
}

/// Ends a client that stands: its secret is gone, and its sign-ins with it.
pub fn end_client(tx: &Tx<'_>, _permit: &Permit, id: Id<Client>) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE identity_clients SET state = 'ended', secret_mac = NULL
         WHERE id = $1 AND state = 'agreed'",
        &[id.into()],
    )?;
    Ok(ended > 0)
}

/// Keeps the MAC of a client's secret, in the place of the one before.
pub fn put_secret(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Client>,
    mac: [u8; 32],
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE identity_clients SET secret_mac = $1, secret_at = $2 WHERE id = $3",
        &[mac.into(), now.into(), id.into()],
    )?;
    Ok(())
}

const GRANT: &str = "id, client, account, session, scopes, signed_in_at, methods, given_at, ends_at, \
                     ended_at FROM identity_grants";

/// A grant by id, which is that of its code.
pub fn grant_by_id(reader: &Reader<'_>, id: Id<Grant>) -> Outcome<Option<Grant>> {
    Ok(reader.maybe(&format!("SELECT {GRANT} WHERE id = $1"), &[id.into()])?)
}

/// Puts a grant down; what has ended by itself is dropped.
pub fn put_grant(tx: &Tx<'_>, _permit: &Permit, new: &Grant) -> Outcome<()> {
    tx.run("DELETE FROM identity_tokens WHERE ends_at <= $1", &[new.given_at.into()])?;
    tx.run("DELETE FROM identity_grants WHERE ends_at <= $1", &[new.given_at.into()])?;
    tx.run(
        "INSERT INTO identity_grants (id, client, account, session, scopes, signed_in_at, methods,
             given_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            new.id.into(),
            new.client.into(),
            new.account.into(),
            new.session.into(),
            new.scopes.join(" ").into(),
            new.signed_in_at.into(),
            new.methods.as_str().into(),
            new.given_at.into(),
            new.ends.into(),
        ],
    )?;
    Ok(())
}

/// Ends a grant, and every token of it. Says whether it stood.
pub fn end_grant(tx: &Tx<'_>, _permit: &Permit, id: Id<Grant>, now: Moment) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE identity_grants SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
        &[now.into(), id.into()],
    )?;
    Ok(ended > 0)
}

/// Ends every grant of an account at a client.
pub fn end_grants_of(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    client: Id<Client>,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE identity_grants SET ended_at = $1
         WHERE account = $2 AND client = $3 AND ended_at IS NULL",
        &[now.into(), account.into(), client.into()],
    )?;
    Ok(())
}

/// Keeps a token by its MAC.
pub fn put_token(tx: &Tx<'_>, _permit: &Permit, mac: [u8; 32], new: &KeptToken) -> Outcome<()> {
    tx.run(
        "INSERT INTO identity_tokens (token_mac, grant_id, kind, scopes, ends_at)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            mac.into(),
            new.grant.into(),
            new.kind.as_str().into(),
            new.scopes.join(" ").into(),
            new.ends.into(),
        ],
    )?;
    Ok(())
}

/// The token of a MAC.
pub fn token(reader: &Reader<'_>, mac: [u8; 32], now: Moment) -> Outcome<Option<KeptToken>> {
    Ok(reader.maybe(
        "SELECT grant_id, kind, scopes, ends_at, used_at FROM identity_tokens
         WHERE token_mac = $1 AND ends_at > $2",
        &[mac.into(), now.into()],
    )?)
}

/// Uses a token up. No if it was used before.
pub fn use_token(tx: &Tx<'_>, _permit: &Permit, mac: [u8; 32], now: Moment) -> Outcome<bool> {
    let used = tx.run(
        "UPDATE identity_tokens SET used_at = $1 WHERE token_mac = $2 AND used_at IS NULL",
        &[now.into(), mac.into()],
    )?;
    Ok(used > 0)
}

/// Forgets a token.
pub fn drop_token(tx: &Tx<'_>, _permit: &Permit, mac: [u8; 32]) -> Outcome<()> {
    tx.run("DELETE FROM identity_tokens WHERE token_mac = $1", &[mac.into()])?;
    Ok(())
}

/// What an account lets a client know.
pub fn consent(
    reader: &Reader<'_>,
    account: Id<Account>,
    client: Id<Client>,
) -> Outcome<Option<Consent>> {
    Ok(reader.maybe(
        "SELECT c.client, k.name, k.organ_name, c.scopes, c.given_at
         FROM identity_consents c JOIN identity_clients k ON k.id = c.client
         WHERE c.account = $1 AND c.client = $2",
        &[account.into(), client.into()],
    )?)
}

/// What an account lets all clients know; at most 200.
pub fn consents(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Consent>> {
    Ok(reader.all(
        "SELECT c.client, k.name, k.organ_name, c.scopes, c.given_at
         FROM identity_consents c JOIN identity_clients k ON k.id = c.client
         WHERE c.account = $1 ORDER BY c.client LIMIT 200",
        &[account.into()],
    )?)
}

/// Keeps what an account lets a client know from now on.
pub fn put_consent(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    client: Id<Client>,
    scopes: &[String],
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO identity_consents (account, client, scopes, given_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account, client) DO UPDATE SET scopes = excluded.scopes,
             given_at = excluded.given_at",
        &[account.into(), client.into(), scopes.join(" ").into(), now.into()],
    )?;
    Ok(())
}

/// Takes a consent back. Says whether there was one.
pub fn end_consent(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    client: Id<Client>,
) -> Outcome<bool> {
    let ended = tx.run(
        "DELETE FROM identity_consents WHERE account = $1 AND client = $2",
        &[account.into(), client.into()],
    )?;
    Ok(ended > 0)
}

/// The keys that sign, have signed a moment ago, or will.
pub fn signing_keys(reader: &Reader<'_>) -> Outcome<Vec<SigningKeyRow>> {
    Ok(reader.all(
        "SELECT id, secret_sealed, public, from_at, until_at FROM identity_signing_keys
         ORDER BY from_at LIMIT 20",
        &[],
    )?)
}

/// Forgets the keys that ended before a moment.
pub fn forget_signing_keys(tx: &Tx<'_>, _permit: &Permit, before: Moment) -> Outcome<()> {
    tx.run("DELETE FROM identity_signing_keys WHERE until_at < $1", &[before.into()])?;
    Ok(())
}

/// Puts a signing key down.
pub fn put_signing_key(tx: &Tx<'_>, _permit: &Permit, new: &SigningKeyRow) -> Outcome<()> {
    tx.run(
        "INSERT INTO identity_signing_keys (id, secret_sealed, public, from_at, until_at)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            new.id.as_str().into(),
            new.secret_sealed.clone().into(),
            new.public.clone().into(),
            new.from.into(),
            new.until.into(),
        ],
    )?;
    Ok(())
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

impl FromRow for Client {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let holders: String = row.get("holders")?;
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            // What a newer program wrote signs in the fewer.
            holders: Holders::parse(&holders).unwrap_or(Holders::Staff),
            public: row.get("public")?,
            redirects: words(&row.get::<String>("redirects")?),
            leaves: words(&row.get::<String>("leaves")?),
            scopes: words(&row.get::<String>("scopes")?),
            until: row.get("until_day")?,
            reason: row.get("reason")?,
            proposed: Proposed::from_row(row)?,
            secret_mac: row.get("secret_mac")?,
            secret_at: row.get("secret_at")?,
        })
    }
}

impl FromRow for Grant {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client")?,
            account: row.get("account")?,
            session: row.get("session")?,
            scopes: words(&row.get::<String>("scopes")?),
            signed_in_at: row.get("signed_in_at")?,
            methods: row.get("methods")?,
            given_at: row.get("given_at")?,
            ends: row.get("ends_at")?,
            ended: row.get("ended_at")?,
        })
    }
}

impl FromRow for KeptToken {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let kind: String = row.get("kind")?;
        let access = kind == TokenKind::Access.as_str();
        Ok(Self {
            grant: row.get("grant_id")?,
            kind: if access { TokenKind::Access } else { TokenKind::Refresh },
            scopes: words(&row.get::<String>("scopes")?),
            ends: row.get("ends_at")?,
            used: row.get("used_at")?,
        })
    }
}

impl FromRow for Consent {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            client: row.get("client")?,
            name: row.get("name")?,
            organ_name: row.get("organ_name")?,
            scopes: words(&row.get::<String>("scopes")?),
            given_at: row.get("given_at")?,
        })
    }
}

impl FromRow for SigningKeyRow {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            secret_sealed: row.get("secret_sealed")?,
            public: row.get("public")?,
            from: row.get("from_at")?,
            until: row.get("until_at")?,
        })
    }
}
