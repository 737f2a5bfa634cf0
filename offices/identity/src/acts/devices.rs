//! Where one is signed in, and ending it there. Sessions are no acts: what is on record is the signing in.

use access::{OpenSession, Over, authorise};
use base::Outcome;
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx, not_found};

use crate::terms::OWN;

/// The sessions of who is signed in, the last used first.
pub async fn devices(cx: &Cx) -> Outcome<Vec<OpenSession>> {
    let person = cx.signed_in()?;
    let (of, now, rule) = ((person.account, person.kind), cx.now(), cx.sign_in_rule().clone());
    cx.read(move |r| access::sessions_of(r, &rule, of, now)).await
}

/// What names a session on pages and for programs: it opens nothing.
pub fn name_of(session: &OpenSession) -> String {
    HEXLOWER.encode(&session.mac)
}

/// Whether it is the session of this request.
pub fn is_this(cx: &Cx, session: &OpenSession) -> bool {
    cx.person().is_some_and(|person| person.session.as_slice() == session.mac)
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
