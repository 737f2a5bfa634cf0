//! How it stands with single certificates (OCSP, RFC 6960).

use base::{Fault, Outcome};
use frame::Cx;
use seal::cert::{Certificate, Inquiry, Refused, Serial, Standing};

use super::authority::{fault, opened};
use super::rule;
use crate::store;
use crate::terms::Root;

const HOUR_SECONDS: i64 = 3_600;

/// Answers an inquiry as the rows stand now, so that a revocation is told with the next question.
pub async fn answer(cx: &Cx, bytes: &[u8]) -> Outcome<Vec<u8>> {
    let Ok(inquiry) = Inquiry::read(bytes) else { return refused(Refused::Malformed) };
    let (now, asked) = (cx.now(), inquiry.clone());
    let found = cx
        .read(move |r| {
            let Some((root, serials)) = asked_of(&store::roots(r, now)?, &asked)? else {
                return Ok(None);
            };
            let serials: Vec<String> = serials
                .iter()
                .map(|serial| serial.as_ref().map(Serial::to_hex).unwrap_or_default())
                .collect();
            let known = store::issued_by_serials(r, root.id, &serials)?;
            let standings: Vec<Standing> = serials
                .iter()
                .map(|serial| match known.iter().find(|one| one.serial == *serial) {
                    None => Standing::Unknown,
                    // A root that has ended answers for all that it issued, before its job has come to it.
                    Some(one) => one
                        .revoked
                        .or(root.ends.filter(|(at, _)| *at <= now))
                        .map_or(Standing::Good, |(at, reason)| Standing::Revoked(at, reason)),
                })
                .collect();
            Ok(Some((root, standings)))
        })
        .await?;
    let Some((root, standings)) = found else { return refused(Refused::Unauthorized) };
    let next = now.plus_seconds(rule(now.day())?.answer_hours * HOUR_SECONDS);
    let authority = opened(&cx.hall().keys, &root)?;
    let signed = authority.answer(&inquiry, &standings, (now, next)).map_err(fault)?;
    Ok(signed.der().to_vec())
}

/// A root, and the numbers that it is asked about.
type Asked = (Root, Vec<Option<Serial>>);

/// The root that is asked, and about which numbers: the one that issued any of them, else the newest.
fn asked_of(roots: &[Root], asked: &Inquiry) -> Result<Option<Asked>, Fault> {
    let mut first = None;
    for root in roots {
        let certificate = Certificate::read(&root.certificate).map_err(fault)?;
        let serials = asked.serials(&certificate).map_err(fault)?;
        let is_asked = serials.iter().any(Option::is_some);
        let found = Some((root.clone(), serials));
        if is_asked {
            return Ok(found);
        }
        first = first.or(found);
    }
    Ok(first)
}

fn refused(why: Refused) -> Outcome<Vec<u8>> {
    Ok(why.der().map_err(fault)?)
}
