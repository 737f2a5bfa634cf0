//! Decisive acts are signed; what is shared is told to other offices.

use base::Moment;
use catalogue_contract::{Shared, SharedItems};
use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, consented, published, requested, staffed};

#[test]
fn publishing_agreeing_and_withdrawing_are_signed() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.demand_signatures().await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        consented(&city, &no, &[]).await;
        let place = format!("/desk/catalogue/{key}/end");
        city.client("han").await.post(&place, &[("reason", "不再更新")]).await.expect(303);
        let case = no.clone();
        let (resource, case) = city
            .hall
            .store
            .read(move |r| {
                let case = flow::case_by_no(r, &case)?.unwrap();
                let of_case = ledger::acts_of(r, flow::SUBJECT, &case.id.to_string())?;
                Ok((ledger::acts_of(r, "resource", &key)?, of_case))
            })
            .await
            .unwrap();
        let signed = |kind: &str| {
            let mut acts = resource.iter().chain(&case).filter(|act| act.kind == kind);
            acts.next().is_some_and(|act| act.signed().is_some())
        };
        for kind in
            ["catalogue.resource_published", "catalogue.resource_withdrawn", "catalogue.granted"]
        {
            assert!(signed(kind), "{kind} is signed");
        }
        assert!(!signed("catalogue.resource_drafted"));
    });
}

#[test]
fn what_is_shared_is_told_by_its_meaning_until_it_is_withdrawn() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let shared = async || -> Shared {
            let asked =
                SharedItems { concepts: vec!["person.name".into(), "marriage.state".into()] };
            let asked = serde_json::to_value(asked).unwrap();
            let keys = city.hall.keys.clone();
            let at = Moment::from_millis(0);
            let told = city
                .hall
                .store
                .read(move |r| crate::acts::answer_shared(r, &keys, &asked, at))
                .await;
            serde_json::from_value((*told.unwrap().unwrap()).clone()).unwrap()
        };
        let told = shared().await.items;
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].item_name.as_str(), told[0].provider.as_str()),
            ("姓名", "鄂州市公安局")
        );
        let place = format!("/desk/catalogue/{key}/end");
        city.client("han").await.post(&place, &[("reason", "不再更新")]).await.expect(303);
        assert!(shared().await.items.is_empty());
    });
}
