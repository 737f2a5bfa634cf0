//! What stands before every handler: how much comes in, and what happens when one breaks.

use axum::body::Body;
use axum::http::Request;
use frame::{Cx, Need, Office, Reply};
use testkit::{City, each_city};

use crate::program::{badly, cityhall};

async fn broken(_: Cx) -> Reply {
    panic!("a page with a defect")
}

async fn heard(_: frame::ActCx, body: axum::body::Bytes) -> Reply {
    Ok(axum::response::IntoResponse::into_response(body.len().to_string()))
}

static DOOR: Office = Office {
    routes: frame::routes! {
        get "/broken" Need::Anyone => broken;
        get "/api/broken" Need::Anyone => broken;
        post "/form" Need::Anyone => heard;
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
fn what_is_larger_than_a_form_comes_in_only_where_files_do() {
    each_city(OFFICES, async |city: City| {
        let send = async |path: &str, megabytes: usize| {
            let body = Body::from(vec![b'a'; megabytes << 20]);
            let request = Request::post(path).body(body).expect("a request");
            city.visitor().ask(request).await.status
        };
        assert_eq!(send("/form", 4).await, 200);
        assert_eq!(send("/form", 5).await, 413);
        assert_eq!(send("/files", 25).await, 200);
        assert_eq!(send("/files", 111).await, 413);
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
