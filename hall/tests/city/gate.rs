//! What stands before every handler: how much comes in, and what happens when one breaks.

use axum::body::Body;
use axum::http::Request;
use frame::{Cx, Need, Office, Reply};
use testkit::city::PASSWORD;
use testkit::{City, each_city};

use crate::program::{badly, cityhall};

async fn broken(_: Cx) -> Reply {
    panic!("a page with a defect")
}

async fn still(_: Cx) -> Reply {
    Ok(axum::response::IntoResponse::into_response("静"))
}

async fn heard(_: frame::ActCx, body: axum::body::Bytes) -> Reply {
    Ok(axum::response::IntoResponse::into_response(body.len().to_string()))
}

static DOOR: Office = Office {
    routes: frame::routes! {
        get "/broken" Need::Anyone => broken;
        get "/api/broken" Need::Anyone => broken;
        post "/form" Need::Anyone => heard;
        get "/still" Need::Anyone => still;
        post "/own" Need::SignedIn => heard;
        upload "/files" Need::Anyone => heard;
    },
    ..Office::named("door", "门口", "试门口的规矩。")
};
static OFFICES: &[&Office] = &[&DOOR];

#[test]
fn a_page_with_a_defect_is_a_fault_with_a_number_and_claims_nothing() {
    each_city(OFFICES, async |city: City| {
        let page = city.visitor().get("/broken").await.expect(500);
        page.says("请把这个编号告诉我们").says("请先查看是否已经办成");
        let answer = city.visitor().get("/api/broken").await.expect(500).json();
        assert_eq!(answer["error"]["code"], "fault");
        assert!(answer["error"]["request"].is_string(), "{answer}");
    });
}

#[test]
fn what_another_site_makes_a_browser_send_is_refused_and_not_kept_for_after_the_sign_in() {
    each_city(OFFICES, async |city: City| {
        let send = async |path: &str, name: &'static str, value: &'static str| {
            let request = Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header(name, value);
            city.visitor().ask(request.body(Body::from("words=evil")).expect("a request")).await
        };
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            for path in ["/form", "/own"] {
                let refused = send(path, name, value).await.expect(403);
                refused.says("这次提交来自别的网站");
                assert!(!refused.text.contains("evil"), "it is kept: {}", refused.text);
            }
        }
        for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", "http://city.test")] {
            send("/form", name, value).await.expect(200);
            send("/own", name, value).await.expect(401);
        }
    });
}

#[test]
fn every_answer_carries_the_headers_that_keep_a_browser_in_bounds() {
    each_city(OFFICES, async |city: City| {
        for path in ["/still", "/nowhere", "/broken", "/api/broken", "/form", "/own"] {
            let answer = city.visitor().get(path).await;
            let policy = answer.header("content-security-policy").expect("a policy");
            for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{name} of {path}");
            }
            // This city is reached by plain HTTP, as on one's own machine.
            assert_eq!(answer.header("strict-transport-security"), None);
        }
    });
}

#[test]
fn a_browsers_session_stays_out_of_reach_of_scripts_other_sites_and_the_interface() {
    each_city(hall::OFFICES, async |city: City| {
        city.organ("ezhou", None, "鄂州市人民政府", "000").await;
        city.person("citizen", "陈晓敏", "citizen", "", None).await;
        let browser = city.visitor();
        let form = [("account", "citizen"), ("password", PASSWORD)];
        let opened = browser.post("/sign-in", &form).await.expect(303);
        let cookie = opened.header("set-cookie").expect("a cookie").to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let own = browser.get("/me").await.expect(200);
        assert_eq!(own.header("cache-control"), Some("no-store"));
        // The interface takes a token and no cookie.
        browser.get("/api/v1/me/sessions").await.expect(401);
        // A field that comes twice is refused, not chosen from.
        let twice = [("account", "citizen"), ("account", "other"), ("password", PASSWORD)];
        city.visitor().post("/sign-in", &twice).await.expect(422);
        // Whoever kept the cookie of a session that was ended has nothing.
        let (pair, _) = cookie.split_once(';').expect("attributes");
        let (name, value) = pair.split_once('=').expect("a value");
        browser.post("/sign-out", &[]).await.expect(303);
        let thief = city.visitor();
        thief.carry(name, value);
        let answer = thief.get("/me").await.expect(303);
        assert!(answer.leads_to().starts_with("/sign-in"), "{answer:?}");
    });
}

#[test]
fn what_is_larger_than_a_form_comes_in_only_where_files_do() {
    each_city(OFFICES, async |city: City| {
        let send = async |path: &str, megabytes: usize| {
            let body = Body::from(vec![b'a'; megabytes << 20]);
            let request = Request::post(path).body(body).expect("a request");
            city.visitor().ask(request).await
        };
        send("/form", 4).await.expect(200);
        send("/form", 5).await.expect(413).says("提交的内容太大，没有办理");
        send("/files", 25).await.expect(200);
        send("/files", 111).await.expect(413).says("提交的内容太大，没有办理");
    });
}

#[test]
fn a_program_that_sends_too_much_is_told_so() {
    each_city(hall::OFFICES, async |city: City| {
        let much = serde_json::json!({ "account": "a".repeat(5 << 20), "password": PASSWORD });
        let refused = city.visitor().post_json("/api/v1/session", &much).await.expect(413);
        assert_eq!(refused.json()["error"]["code"], "api.too_large");
        refused.says("请求太大，没有收下");
    });
}

#[test]
fn no_path_leads_out_of_what_is_handed_out() {
    each_city(hall::OFFICES, async |city: City| {
        let visitor = city.visitor();
        for name in ["../Cargo.toml", "%2e%2e%2fCargo.toml", "..%5cx", "..%00", "%2fetc%2fpasswd"] {
            visitor.get(&format!("/assets/{name}")).await.expect(404).says("没有这个文件");
        }
        for act in ["..%2f..%2fkeys%2fmaster.key", "..%5ckeys", "%00", "%2e%2e"] {
            for path in [format!("/receipts/{act}"), format!("/receipts/{act}/file")] {
                visitor.get(&path).await.expect(404).says("没有找到这份回执");
            }
            let asked = visitor.get(&format!("/api/v1/receipts/{act}")).await.expect(404);
            assert_eq!(asked.json()["error"]["code"], "not_found");
            asked.says("没有找到这份回执");
        }
    });
}

#[test]
fn a_demo_is_opened_to_others_by_no_command_that_does_not_say_so() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("demo"), "whole").expect("a demo's mark");
    for command in ["serve", "demo"] {
        let said = badly(&cityhall(&[command, "--listen", "0.0.0.0:0"], home.path()));
        assert!(said.contains("演示账户的密码是公开的"), "{command}: {said}");
    }
}

#[test]
fn every_text_of_the_house_says_how_it_is_written() {
    each_city(hall::OFFICES, async |city| {
        for (file, kind) in [
            ("app.css", "text/css; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("icons.svg", "image/svg+xml; charset=utf-8"),
            ("favicon.svg", "image/svg+xml; charset=utf-8"),
        ] {
            let answer = city.visitor().get(&format!("/assets/{file}")).await.expect(200);
            assert_eq!(answer.kind.as_deref(), Some(kind), "{file}");
        }
        for page in ["/", "/sign-in", "/api/openapi.json", "/nowhere"] {
            let answer = city.visitor().get(page).await;
            let kind = answer.kind.unwrap_or_default();
            let said = kind.contains("charset=utf-8") || kind == "application/json";
            assert!(said, "{page}: {kind}");
        }
    });
}
