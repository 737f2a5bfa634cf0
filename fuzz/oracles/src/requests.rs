//! Requests to the whole city, by people in every post: no request is a fault, and no page has
//! markup that is not the house's. This reaches what no office shows: fields of forms and their
//! files, cursors, query codes, cookies, the bodies of the interface.
//!
//! A request is written like one of HTTP: who asks, method and address; headers; an empty line; the
//! body. `{case}` and its like stand for what only this city knows.

mod place;

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use testkit::database::Kind;

pub use place::Place;

/// A city is used up after so many requests: their drafts and cases would fill the memory.
const REQUESTS_MAX: u32 = 3_000;

/// Asks the city of this process, which stands on SQLite.
pub fn check(bytes: &[u8]) {
    static PLACE: Mutex<Option<Place>> = Mutex::new(None);
    let mut held = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    held.take_if(|place| place.asked() >= REQUESTS_MAX);
    held.get_or_insert_with(|| Place::open(Kind::Sqlite)).ask(bytes);
}

/// Who asks, and what.
fn read(bytes: &[u8]) -> Option<(String, Request<Body>)> {
    let (first, mut rest) = crate::headed(bytes);
    let mut words = first.splitn(3, ' ');
    let (who, method, target) = (words.next()?, words.next()?, words.next()?);
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = target.trim_end().parse::<Uri>().ok()?;
    if !request.uri().path().starts_with('/') {
        return None;
    }
    loop {
        let (line, after) = crate::headed(rest);
        rest = after;
        let Some((name, value)) = line.split_once(':') else { break };
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        // What is packed cannot be looked at here.
        if name != "accept-encoding" {
            let value = HeaderValue::from_bytes(value.trim().as_bytes()).ok()?;
            request.headers_mut().append(name, value);
        }
    }
    *request.body_mut() = Body::from(rest.to_vec());
    Some((who.to_owned(), request))
}

/// What must hold of an answer.
fn answered(request: &str, answer: &testkit::Answer) {
    let status = answer.status.as_u16();
    assert!(status != 500 && status != 503, "{request} is a fault: {}", answer.text);
    if let Some(to) = &answer.location {
        assert!(frame::held::is_local(to), "{request} leads to {to}");
    }
    let kind = answer.kind.as_deref().unwrap_or_default();
    if kind.starts_with("text/html") {
        crate::html::check(&answer.text);
    }
    if kind.starts_with("application/json") && !answer.text.is_empty() {
        let read = serde_json::from_str::<serde_json::Value>(&answer.text);
        assert!(read.is_ok(), "{request} answers {}", answer.text);
    }
}
