//! What programs fetch: the authority's certificate, its revocation list, how it stands with one certificate.

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::Fault;
use data_encoding::BASE64;
use frame::{Cx, Reply, not_found};
use seal::cert::{Certificate, RevocationList};
use serde::Deserialize;

use super::{DER, PEM, file};
use crate::terms::Root;
use crate::{acts, store};

const LIST: &str = "application/pkix-crl";
const ANSWER: &str = "application/ocsp-response";

/// In which form something is fetched: DER, or PEM where that is said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    form: String,
}

async fn at(cx: &Cx, place: String) -> Result<Option<Root>, frame::Problem> {
    let now = cx.now();
    Ok(cx.read(move |r| store::root_at(r, &place, now)).await?)
}

/// `GET /ca/roots`: those that are trusted, the newest first.
pub(crate) async fn roots(cx: Cx) -> Reply {
    let now = cx.now();
    let roots = cx.read(move |r| store::roots(r, now)).await?;
    let mut text = String::new();
    for root in roots.iter().filter(|root| !root.is_ended(now)) {
        let certificate = Certificate::read(&root.certificate).map_err(fault)?;
        text.push_str(&certificate.to_pem().map_err(fault)?);
    }
    if text.is_empty() {
        return Err(not_found("内置证书机构").into());
    }
    Ok(file(PEM, "roots.pem", text.into_bytes())?)
}

/// `GET /ca/root`: the first one.
pub(crate) async fn root(cx: Cx, wanted: Query<Wanted>) -> Reply {
    root_of(cx, Path(String::new()), wanted).await
}

/// `GET /ca/{place}/root`
pub(crate) async fn root_of(
    cx: Cx,
    Path(place): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Reply {
    let root = at(&cx, place).await?.filter(|root| !root.is_ended(cx.now()));
    let root = root.ok_or_else(|| not_found("内置证书机构"))?;
    if wanted.form != "pem" {
        return Ok(file(DER, "root.cer", root.certificate)?);
    }
    let certificate = Certificate::read(&root.certificate).map_err(fault)?;
    Ok(file(PEM, "root.pem", certificate.to_pem().map_err(fault)?.into_bytes())?)
}

/// `GET /ca/crl`: of the first one.
pub(crate) async fn list(cx: Cx, wanted: Query<Wanted>) -> Reply {
    list_of(cx, Path(String::new()), wanted).await
}

/// `GET /ca/{place}/crl`
pub(crate) async fn list_of(
    cx: Cx,
    Path(place): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Reply {
    let root = at(&cx, place).await?.ok_or_else(|| not_found("吊销列表"))?;
    let list = cx.read(move |r| store::list(r, root.id)).await?;
    let list = list.ok_or_else(|| not_found("吊销列表"))?;
    let response = match wanted.form.as_str() {
        "pem" => {
            let read = RevocationList::read(&list).map_err(fault)?;
            file(PEM, "list.pem", read.to_pem().map_err(fault)?.into_bytes())?
        }
        _ => file(LIST, "list.crl", list)?,
    };
    Ok(kept(response, "public, max-age=300"))
}

fn fault(why: seal::cert::CertError) -> Fault {
    Fault::said(why.to_string())
}

fn kept(mut response: Response, how: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(how));
    response
}

/// `POST /ca/ocsp` (RFC 6960, appendix A)
pub(crate) async fn asked(cx: Cx, body: Bytes) -> Reply {
    answered(&cx, &body).await
}

/// `GET /ca/ocsp/{base64}`: the inquiry stands in the address, in base 64.
pub(crate) async fn asked_by_address(cx: Cx, text: Result<Path<String>, PathRejection>) -> Reply {
    let text = text.map(|Path(text)| text).unwrap_or_default();
    answered(&cx, &BASE64.decode(text.as_bytes()).unwrap_or_default()).await
}

async fn answered(cx: &Cx, inquiry: &[u8]) -> Reply {
    let answer = acts::answer(cx, inquiry).await?;
    let kind = HeaderValue::from_static(ANSWER);
    Ok(kept(([(header::CONTENT_TYPE, kind)], answer).into_response(), "no-store"))
}
