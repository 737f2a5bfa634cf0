//! Where one is signed in, and ending it there. Sessions are no acts: what is on record is the signing in.

use access::{OpenSession, Over, SessionPlace, authorise};
use base::{Cursor, Moment, Outcome};
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx, not_found};

use crate::terms::OWN;

/// So many sessions are shown at a time.
const PAGE: i64 = 50;

/// One page of the sessions of who is signed in, the last used first; and where the next begins. `after` is such a
/// place; what is none is the beginning.
pub async fn devices(cx: &Cx, after: &str) -> Outcome<(Vec<OpenSession>, Option<String>)> {
    let person = cx.signed_in()?;
    let (of, now, rule) = ((person.account, person.kind), cx.now(), cx.sign_in_rule().clone());
    let after = place(after);
    let found =
        cx.read(move |r| access::sessions_of(r, &rule, of, after.as_ref(), (PAGE, now))).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count >= PAGE);
    let next = found.last().filter(|_| full).map(|last| {
        Cursor::encode(&[&last.seen_at.millis().to_string(), &HEXLOWER.encode(&last.mac)])
    });
    Ok((found, next))
}

fn place(text: &str) -> Option<SessionPlace> {
    let parts = Cursor::decode(text)?;
    let [seen, mac] = parts.as_slice() else { return None };
    let mac = HEXLOWER.decode(mac.as_bytes()).ok()?;
    Some((Moment::from_millis(seen.parse().ok()?), mac))
}

/// What names a session on pages and for programs: it opens nothing.
pub fn name_of(session: &OpenSession) -> String {
    HEXLOWER.encode(&session.mac)
}

/// Whether it is the session of this request.
pub fn is_this(cx: &Cx, session: &OpenSession) -> bool {
    cx.person().is_some_and(|person| person.session.as_slice() == session.mac)
}

/// Whether this names the session of this request.
pub fn names_this(cx: &Cx, name: &str) -> bool {
    cx.person().is_some_and(|person| HEXLOWER.encode(&person.session) == name)
}

/// Ends one of one's own sessions. One of somebody else's is not there.
pub async fn end_device(cx: &ActCx, name: &str) -> Outcome<()> {
    let (id, actor) = (cx.signed_in()?.account, cx.actor().clone());
    let mac = HEXLOWER.decode(name.as_bytes()).map_err(|_| not_found("这台设备"))?;
    cx.write(move |tx| {
        authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        match access::end_session_of(tx, id, &mac)? {
            true => Ok(()),
            false => Err(not_found("这台设备").into()),
        }
    })
    .await
}

/// Ends all of one's own sessions but this one.
pub async fn end_other_devices(cx: &ActCx) -> Outcome<()> {
    let (person, actor) = (cx.signed_in()?, cx.actor().clone());
    let (id, mac) = (person.account, person.session);
    cx.write(move |tx| {
        authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        access::end_other_sessions(tx, id, mac)?;
        Ok(())
    })
    .await
}
