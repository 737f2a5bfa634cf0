//! What a gateway published and does not come to count is told, so that its gateway hears of it.

use super::*;

/// What was told of publications that did not come to count: which, by which code.
async fn refusals(city: &City) -> Vec<(String, String)> {
    let read = |r: &Reader<'_>| ledger::acts_of(r, "register", RESIDENTS.name);
    let acts = city.hall.store.read(read).await.unwrap();
    let acts = acts.iter().filter(|act| act.kind == crate::terms::PUBLICATION_REFUSED);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    acts.map(|act| (text(&act.content()["publication"]), text(&act.content()["code"]))).collect()
}

#[test]
fn what_does_not_come_to_count_is_told_for_its_gateway() {
    each_city(OFFICES, async |city: City| {
        let registrar = fed(&city).await;
        let bad = Sent::of_the_police(Mode::Whole, vec![json!({ "rows": [["1"]], "gone": [] })]);
        let bad = Sent { items: vec!["姓名".into()], ..bad }.told(&city).await;
        let lost = Sent::of_the_police(Mode::Whole, vec![rows(&[CHEN])]).told(&city).await;
        PARTS.lock().unwrap().remove(&lost);
        city.settle().await;
        let all = demo::residents(11, 60).expect("people");
        sends(&city, Mode::Whole, vec![people(&all)]).await;
        let held = sends(&city, Mode::Whole, vec![people(&all[10..])]).await;
        assert_eq!(refusals(&city).await.len(), 2, "about the third a person is asked");
        let word = [("word", "no"), ("reason", "表没有导出完")];
        registrar.post(&format!("{LOADS}/{held}/settle"), &word).await.expect(303);
        city.settle().await;
        let wanted =
            [(bad, "register.items"), (lost, "register.part_gone"), (held, "register.declined")];
        let mut found = refusals(&city).await;
        found.sort();
        let mut wanted = wanted.map(|(id, code)| (id, code.to_owned()));
        wanted.sort();
        assert_eq!(found, wanted, "each once");
    });
}
