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
use crate::{acts, store};

const LIST: &str = "application/pkix-crl";
const ANSWER: &str = "application/ocsp-response";

/// In which form something is fetched: DER, or PEM where that is said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    form: String,
}

/// `GET /ca/root`
pub(crate) async fn root(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let now = cx.now();
    let root = cx.read(move |r| store::standing(r, now)).await?;
    let root = root.ok_or_else(|| not_found("内置证书机构"))?;
    if wanted.form != "pem" {
        return Ok(file(DER, "root.cer", root.certificate)?);
    }
    let certificate = Certificate::read(&root.certificate).map_err(fault)?;
    Ok(file(PEM, "root.pem", certificate.to_pem().map_err(fault)?.into_bytes())?)
}

/// `GET /ca/crl`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let now = cx.now();
    let list = cx.read(move |r| store::list(r, now)).await?;
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
