//! What changed between two loads is told to who gives rows on: cut, filtered, in portions, and back again when a load was
//! taken back.

use ask::{Condition, Operator, Question};
use catalogue_contract::{ChangedRows, RowChanges, SetStanding, Stands};
use testkit::city::each_city;

use super::*;
use crate::acts::sets::{self, By, Source, answer_changes, answer_standing};
use crate::terms::Extent;

const HEADINGS: [&str; 3] = ["code", "name", "district"];

/// All rows that stand from now on. Gives the load's number.
async fn brought(city: &City, key: &str, name: &str, rows: &[[&'static str; 3]]) -> i64 {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
    let digest = seal::sm3(&[format!("{rows:?}").as_bytes()]);
    let headings = HEADINGS.iter().map(|one| (*one).to_owned()).collect();
    let lines = i64::try_from(rows.len()).unwrap();
    let source = Source::table("demo", (name, digest, lines), headings, move || {
        Ok(rows.clone().into_iter())
    });
    let by = (By::Part, "");
    sets::bring(&city.hall, key, source, Extent::Whole, by).await.unwrap();
    city.settle().await;
    stands(city, key, 0).await.load
}

pub(super) async fn stands(city: &City, key: &str, since: i64) -> Stands {
    let asked = SetStanding { resource: key.replace('-', "/"), since };
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let asked = serde_json::to_value(asked).unwrap();
    let look = move |r: &Reader<'_>| answer_standing(r, &keys, &asked, now);
    let told = city.hall.store.read(look).await.unwrap().unwrap();
    serde_json::from_value((*told).clone()).unwrap()
}

pub(super) async fn some(city: &City, asked: &RowChanges) -> Option<ChangedRows> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let asked = serde_json::to_value(asked).unwrap();
    let look = move |r: &Reader<'_>| answer_changes(r, &keys, &asked, now);
    let told = city.hall.store.read(look).await.unwrap();
    told.map(|told| serde_json::from_value((*told).clone()).unwrap())
}

/// All that changed, a row an answer: `+` before what is put, `-` before what is gone.
async fn changed(city: &City, key: &str, (from, to): (i64, i64), filter: bool) -> Vec<String> {
    let only = Condition { field: "district".into(), op: Operator::Is, value: json!("鄂城区") };
    let mut asked = RowChanges {
        resource: key.replace('-', "/"),
        from,
        to,
        at: 0,
        fields: vec!["code".into(), "name".into()],
        filter: if filter { vec![only] } else { Vec::new() },
        bytes_max: 1,
    };
    let mut all = Vec::new();
    loop {
        let told = some(city, &asked).await.unwrap();
        assert!(told.rows.len() <= 1, "a portion is bounded");
        for (place, row) in told.rows.iter().enumerate() {
            let mark = if told.gone.contains(&place) { '-' } else { '+' };
            let cells: Vec<&str> = row.iter().flatten().map(String::as_str).collect();
            all.push(format!("{mark}{}", cells.join(" ")));
        }
        match told.next {
            Some(next) => asked.at = next,
            None => return all,
        }
    }
}

#[test]
fn what_changed_between_two_loads_is_told_once_and_taken_back_with_its_load() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        for open in ["true", "false"] {
            let own = [("name", if open == "true" { "公园" } else { "泵站" }), ("open", open)];
            let mut words = super::sets::OPEN.to_vec();
            words.retain(|(field, _)| own.iter().all(|(mine, _)| mine != field));
            words.extend(own);
            let key = published(&city, &words).await;
            assert_eq!(stands(&city, &key, 0).await.load, 0, "nothing was brought");
            let a = ["P1", "凤凰公园", "鄂城区"];
            let b = ["P2", "莲花山", "鄂城区"];
            let c = ["P3", "华容公园", "华容区"];
            let first = brought(&city, &key, "1", &[a, b, c]).await;
            assert_eq!(
                changed(&city, &key, (0, first), false).await,
                ["+P1 凤凰公园", "+P2 莲花山", "+P3 华容公园"]
            );
            assert_eq!(
                changed(&city, &key, (0, first), true).await,
                ["+P1 凤凰公园", "+P2 莲花山"]
            );
            let moved = ["P1", "凤凰公园", "华容区"];
            let d = ["P4", "梁子岛", "鄂城区"];
            let second =
                brought(&city, &key, "2", &[d, ["P2", "莲花山公园", "鄂城区"], moved]).await;
            let now = stands(&city, &key, first).await;
            assert!(now.told_since && now.load == second && now.key == ["code"]);
            let all = ["+P4 梁子岛", "+P2 莲花山公园", "-P3"];
            assert_eq!(changed(&city, &key, (first, second), false).await, all);
            // What leaves the filter is gone for who sees by it.
            let filtered = ["+P4 梁子岛", "+P2 莲花山公园", "-P1"];
            assert_eq!(changed(&city, &key, (first, second), true).await, filtered);
            let load = move |r: &Reader<'_>| crate::store::set_load(r, second);
            let load = city.hall.store.read(load).await.unwrap().unwrap();
            sets::undo(&city.hall, &key, load.id, By::Part).await.unwrap();
            let now = stands(&city, &key, second).await;
            assert!(now.told_since && now.load == first, "back from what was taken back");
            let back = ["+P1 凤凰公园", "+P2 莲花山", "-P4"];
            assert_eq!(changed(&city, &key, (second, first), true).await, back);
            // Rows that are kept no longer cannot be told of.
            city.clock.pass_seconds(2 * 3_600);
            city.job("catalogue.sweep").await;
            assert!(!stands(&city, &key, second).await.told_since);
            let asked = RowChanges {
                resource: key.replace('-', "/"),
                from: second,
                to: first,
                fields: vec!["code".into()],
                ..RowChanges::default()
            };
            assert_eq!(some(&city, &asked).await, None);
            assert_eq!(
                some(&city, &RowChanges { from: 0, fields: vec!["name".into()], ..asked }).await,
                None
            );
        }
    });
}

#[test]
fn whole_tables_are_agreed_on_by_themselves_and_not_with_asking_one_row_at_a_time() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, super::sets::OPEN).await;
        brought(&city, &key, "1", &[["P1", "凤凰公园", "鄂城区"]]).await;
        for (manner, kind) in
            [("接口查询", catalogue_contract::Rows::KIND), ("数据推送", RowChanges::KIND)]
        {
            let no = requested(&city, &key, &[("manner", manner), ("items", "code")]).await;
            consented(&city, &no, &[("items", "code")]).await;
            let look = move |r: &Reader<'_>| ask::share_of_request(r, &no);
            let share = city.hall.store.read(look).await.unwrap().unwrap();
            assert_eq!(share.kind, kind);
            assert_eq!(share.terms.resource, key.replace('-', "/"));
        }
    });
}
