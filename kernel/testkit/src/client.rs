//! A browser and a program for tests: asks the router directly, keeps its cookies.

use std::net::SocketAddr;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use data_encoding::BASE64;
use http_body_util::BodyExt;
use seal::SigningKey;
use tower::ServiceExt;

use crate::signing::asked_to_sign;

/// Asks a city for pages and for JSON.
pub struct Client {
    router: Router,
    cookies: Mutex<Vec<(String, String)>>,
    bearer: Option<String>,
    agent: Mutex<Option<String>>,
    key: Option<SigningKey>,
    peer: Option<SocketAddr>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Where it leads, for a redirect.
    pub location: Option<String>,
    /// Its media type.
    pub kind: Option<String>,
    /// All its headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// This answer, if it has the status; stops the test with the body otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Where it leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        self.location.as_deref().expect("a redirect")
    }

    /// Stops the test unless the body says this.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "«{words}» is not in: {}", self.text);
        self
    }
}

impl Client {
    pub(crate) fn new(router: Router, cookie: Option<(&str, &str)>, bearer: Option<&str>) -> Self {
        let cookies = cookie.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            router,
            cookies: Mutex::new(cookies.into_iter().collect()),
            bearer: bearer.map(str::to_owned),
            agent: Mutex::default(),
            key: None,
            peer: None,
        }
    }

    /// The same client on the machine of this address.
    #[must_use]
    pub fn at(mut self, address: [u8; 4]) -> Self {
        self.peer = Some(SocketAddr::from((address, 4_711)));
        self
    }

    /// The same client, which signs with this key what it is asked to sign.
    #[must_use]
    pub fn signing(mut self, key: Option<SigningKey>) -> Self {
        self.key = key;
        self
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, Vec::new()).await
    }

    /// POST of a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        self.send("POST", path, Some(kind), body.into_bytes()).await
    }

    /// POST of JSON.
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.send("POST", path, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, Vec::new()).await
    }

    /// POST of a form with one file.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, bytes): (&str, &str, &[u8]),
    ) -> Answer {
        const EDGE: &str = "----a-test-of-the-city";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(head.as_bytes());
        }
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
        self.send("POST", path, Some(&format!("multipart/form-data; boundary={EDGE}")), body).await
    }

    async fn send(&self, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> Answer {
        let request = || {
            let mut request = Request::builder().method(method).uri(path);
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            request
        };
        let sent = request().body(Body::from(body.clone())).expect("a request");
        let answer = self.ask(sent).await;
        let Some(key) = self.key.as_ref().filter(|_| answer.status.as_u16() == 428) else {
            return answer;
        };
        let (text, token) = asked_to_sign(&answer).expect("what is to be signed");
        let signature = BASE64.encode(&key.sign(text.as_bytes()));
        let signed = if path.starts_with("/api/") {
            let request = request().header("cityhall-signing", token);
            request.header("cityhall-signature", signature).body(Body::from(body))
        } else {
            let fields = [("signing", token), ("signature", signature)];
            let mut form = form_urlencoded::Serializer::new(String::new());
            let kind = "application/x-www-form-urlencoded";
            let request = Request::builder().method(method).uri(path);
            let request = request.header(header::CONTENT_TYPE, kind);
            request.body(Body::from(form.extend_pairs(fields).finish()))
        };
        self.ask(signed.expect("a request")).await
    }

    /// From now on the browser calls itself so.
    pub fn calls_itself(&self, agent: &str) {
        *self.agent.lock().expect("the name") = Some(agent.to_owned());
    }

    /// Puts a cookie into the browser, in the place of all others.
    pub fn carry(&self, name: &str, value: &str) {
        *self.cookies.lock().expect("the cookies") = vec![(name.to_owned(), value.to_owned())];
    }

    /// Puts a cookie into the browser beside the others.
    pub fn also_carry(&self, name: &str, value: &str) {
        self.cookies.lock().expect("the cookies").push((name.to_owned(), value.to_owned()));
    }

    /// The names of the cookies in the browser.
    pub fn cookies(&self) -> Vec<String> {
        let kept = self.cookies.lock().expect("the cookies");
        kept.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Any request, to which the host, the cookies and the token are added.
    pub async fn ask(&self, mut request: Request<Body>) -> Answer {
        let is_api = request.uri().path().starts_with("/api/");
        let cookies: Vec<String> = {
            let kept = self.cookies.lock().expect("the cookies");
            kept.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let bearer = self.bearer.as_ref().filter(|_| is_api);
        let own = [
            (header::HOST, Some("city.test".to_owned())),
            (header::COOKIE, Some(cookies.join("; ")).filter(|cookies| !cookies.is_empty())),
            (header::USER_AGENT, self.agent.lock().expect("the name").clone()),
            (header::AUTHORIZATION, bearer.map(|bearer| format!("Bearer {bearer}"))),
        ];
        for (name, value) in own {
            let value = value.map(|value| HeaderValue::from_str(&value).expect("a header"));
            request.headers_mut().extend(value.map(|value| (name, value)));
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        self.keep_cookies(&response);
        let (status, headers) = (response.status(), response.headers().clone());
        let said = |name| {
            let value: Option<&HeaderValue> = headers.get(name);
            value.and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (location, kind) = (said(header::LOCATION), said(header::CONTENT_TYPE));
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status, location, kind, headers, text, bytes: bytes.to_vec() }
    }

    fn keep_cookies(&self, response: &axum::response::Response) {
        let mut kept = self.cookies.lock().expect("the cookies");
        for value in response.headers().get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            kept.retain(|(known, _)| known != name);
            if !value.is_empty() {
                kept.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}
