//! How it stands with single certificates (OCSP, RFC 6960).

use base::Outcome;
use frame::Cx;
use seal::cert::{Certificate, Inquiry, Refused, Standing};

use super::authority::{fault, opened};
use super::rule;
use crate::store;

const HOUR_SECONDS: i64 = 3_600;

/// Answers an inquiry as the rows stand now, so that a revocation is told with the next question.
pub async fn answer(cx: &Cx, bytes: &[u8]) -> Outcome<Vec<u8>> {
    let Ok(inquiry) = Inquiry::read(bytes) else { return refused(Refused::Malformed) };
    let (now, asked) = (cx.now(), inquiry.clone());
    let found = cx
        .read(move |r| {
            let Some(root) = store::standing(r, now)? else { return Ok(None) };
            let certificate = Certificate::read(&root.certificate).map_err(fault)?;
            let serials = asked.serials(&certificate).map_err(fault)?;
            let serials: Vec<String> = serials
                .iter()
                .map(|serial| serial.as_ref().map(seal::cert::Serial::to_hex).unwrap_or_default())
                .collect();
            let known = store::issued_by_serials(r, root.id, &serials)?;
            let standings: Vec<Standing> = serials
                .iter()
                .map(|serial| match known.iter().find(|one| one.serial == *serial) {
                    None => Standing::Unknown,
                    Some(one) => one
                        .revoked
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

fn refused(why: Refused) -> Outcome<Vec<u8>> {
    Ok(why.der().map_err(fault)?)
}
