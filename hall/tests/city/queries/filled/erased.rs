//! What was erased by law, and what somebody has entered to be erased.

use flow::Scope;
use testkit::City;

use super::{Names, last_of};

/// An order of this scope on this, which names running and kept cases too.
async fn entered(city: &City, scope: &str, shown: &str) -> String {
    let form = [
        ("scope", scope),
        ("shown", shown),
        ("organ", "鄂州市互联网信息办公室"),
        ("document", "鄂州网信罚〔2026〕3号"),
        ("ground", "《中华人民共和国个人信息保护法》第四十七条第一款第四项"),
        ("running", "true"),
        ("retained", "true"),
    ];
    last_of(&city.client("privacy").await.post("/desk/erasures", &form).await.expect(303))
}

/// A case and a person are erased, and an act waits for the second person.
pub async fn fill(city: &City, names: &mut Names) {
    let known = names["closed_no"].clone();
    let closed = city
        .hall
        .store
        .read(|r| flow::closed(r, &Scope::city(), None, 20))
        .await
        .expect("the closed cases");
    let case = closed.rows.into_iter().find(|case| case.no != known).expect("another closed case");
    city.person("leaver", "邹远", "citizen", "", Some("420703198502149617")).await;
    for (scope, shown) in [("case", case.no.as_str()), ("person", "leaver")] {
        let id = entered(city, scope, shown).await;
        let agree = format!("/desk/erasures/{id}/agree");
        city.client("privacy2").await.post(&agree, &[("reason", "")]).await.expect(303);
        city.settle().await;
        names.insert("erasure_done", id);
    }
    let act = names["act"].clone();
    let id = entered(city, "act", &act).await;
    names.insert("erasure", id);
}
