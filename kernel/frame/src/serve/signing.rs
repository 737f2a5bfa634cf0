//! Decisive acts in two steps, without a handler's knowing: what a member of the staff sends is done with ids,
//! salts and a moment that can be had again. Refused for want of a signature, it is answered by what is to be
//! signed and a token; the second time the token brings the same ids, salts and moment, so that the act is the
//! very same, or else something has changed meanwhile.

mod page;
mod token;

use std::sync::{Arc, Mutex};

use access::Kind;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::chance::{Source, drawn_from};
use base::{Refusal, RefusalKind};
use data_encoding::BASE64;
use ledger::{Signing, Why, signing_with};
use seal::sm3;

use self::token::{Held, TOKEN_SECONDS};
use super::refused::{SIGNATURE_FAILED, SIGNING_UNFIT, put_on_record};
use crate::cx::Cx;

/// No larger body is signed: it travels through the page of the signature.
const SIGNED_BYTES_MAX: u64 = 256 * 1024;
/// The field of the page's form, and the header of a program, that bring the token back.
const TOKEN: &str = "signing";
const TOKEN_HEADER: &str = "cityhall-signing";
/// The same for the signature.
const SIGNATURE: &str = "signature";
const SIGNATURE_HEADER: &str = "cityhall-signature";
const FORM: &str = "application/x-www-form-urlencoded";

/// A signature as it is pasted or sent: base 64 of r‖s, or of the DER that certificates use.
pub fn signature_of(text: &str) -> Option<[u8; 64]> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = BASE64.decode(bare.as_bytes()).ok()?;
    let plain = <[u8; 64]>::try_from(bytes.as_slice()).ok();
    plain.or_else(|| seal::cert::signature_from_der(&bytes))
}

/// What came: the body, and what of it is to be done.
struct Came {
    body: Bytes,
    kind: Option<String>,
    /// What it was signed with, if it comes back.
    back: Option<(Held, Option<[u8; 64]>)>,
}

/// Lets a request through to its handler.
pub(super) async fn admit(cx: &Cx, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let staff = cx.person().is_some_and(|person| person.kind == Kind::Staff);
    if reads || !staff {
        return through(cx.clone(), request, next).await;
    }
    let (parts, body) = request.into_parts();
    let small = body.size_hint().upper().is_some_and(|size| size <= SIGNED_BYTES_MAX * 3);
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.map(str::to_owned);
    let plain = !kind.as_deref().is_some_and(|kind| kind.starts_with("multipart/"));
    if !small || !plain {
        let request = Request::from_parts(parts, body);
        return two_steps(cx, request, next, None).await;
    }
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return crate::Problem::from(broken_off()).into_response();
    };
    let came = match back(cx, &parts.headers, &parts.method, body, kind) {
        Ok(came) => came,
        Err(refusal) => {
            put_on_record(cx, &SIGNING_UNFIT, &parts.method, refusal.code).await;
            return crate::Problem::from(refusal).into_response();
        }
    };
    let mut request = Request::from_parts(parts, Body::from(came.body.clone()));
    let headers = request.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_TYPE);
    if let Some(kind) = came.kind.as_deref().and_then(|kind| HeaderValue::from_str(kind).ok()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    two_steps(cx, request, next, Some(came)).await
}

async fn through(cx: Cx, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(cx);
    next.run(request).await
}

/// Does it; and where a signature is missing, says what is to be signed.
async fn two_steps(cx: &Cx, request: Request, next: Next, came: Option<Came>) -> Response {
    let (now, method) = (cx.now(), request.method().clone());
    let (signing, seed, moment) = match came.as_ref().and_then(|came| came.back.as_ref()) {
        // What is no signature at all is refused as a wrong one, by the same words.
        Some((held, signature)) => {
            let signature = signature.unwrap_or([0; 64]);
            (Signing::given(held.digest, signature, now), held.seed, held.at)
        }
        None => (Signing::nothing(now), seal::seed(), now),
    };
    let work = drawn_from(source(seed), through(cx.at(moment), request, next));
    let response = signing_with(signing.clone(), work).await;
    let Some(unsigned) = signing.unsigned() else { return response };
    if unsigned.why == Why::Wrong {
        put_on_record(cx, &SIGNATURE_FAILED, &method, "ledger.wrong_signature").await;
    }
    // The second step carries the first along, sealed: less than three times as much.
    let Some(came) = came.filter(|came| came.body.len() as u64 <= SIGNED_BYTES_MAX) else {
        return crate::Problem::from(unsignable()).into_response();
    };
    let held =
        Held::new(cx, &method, (&came.body, came.kind.as_deref()), (seed, moment), &unsigned);
    page::ask(cx, &held, &unsigned).await
}

/// What comes back from the page of a signature, or from a program that was asked for one; else what came.
fn back(
    cx: &Cx,
    headers: &HeaderMap,
    method: &Method,
    body: Bytes,
    kind: Option<String>,
) -> Result<Came, Refusal> {
    if cx.is_api() {
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(token) = said(TOKEN_HEADER) else { return Ok(Came { body, kind, back: None }) };
        let held = Held::open(cx, method, token)?;
        held.is_of(&body)?;
        let signature = said(SIGNATURE_HEADER).and_then(signature_of);
        return Ok(Came { body, kind, back: Some((held, signature)) });
    }
    let form = kind.as_deref().is_some_and(|kind| kind.starts_with(FORM));
    let mut fields = form_urlencoded::parse(&body);
    let token = fields.next().filter(|(name, _)| form && name == TOKEN).map(|(_, token)| token);
    let Some(token) = token else { return Ok(Came { body, kind, back: None }) };
    let held = Held::open(cx, method, &token)?;
    let signature = fields.find(|(name, _)| name == SIGNATURE).and_then(|(_, s)| signature_of(&s));
    let (body, kind) = held.body()?;
    Ok(Came { body, kind, back: Some((held, signature)) })
}

/// Bytes that look like chance to everybody without the seed, and the same again with it.
fn source(seed: [u8; 32]) -> Source {
    let mut block = 0u64;
    let draw = move |bytes: &mut [u8]| {
        for piece in bytes.chunks_mut(32) {
            let drawn = sm3(&[b"cityhall-drawn-1", &seed, &block.to_be_bytes()]);
            block += 1;
            piece.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
        }
    };
    Arc::new(Mutex::new(draw))
}

fn unsignable() -> Refusal {
    let words = "提交的内容太大，或者带着文件，不能在这一步签名，没有办理";
    Refusal::new(RefusalKind::Invalid, "frame.unsignable", words)
        .remedy("请先上传文件、保存长的内容，再单独提交决定")
}

fn broken_off() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "frame.unread", "提交的内容没有收全，没有办理")
        .remedy("请检查网络，再提交一次")
}

/// How long a page of a signature serves, in minutes: for its words.
const fn minutes() -> i64 {
    TOKEN_SECONDS / 60
}
