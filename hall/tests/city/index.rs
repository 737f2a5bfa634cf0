//! The one index there is is the public's: it holds what was published, and nothing of cases or people.

use search::{Index, Query};
use testkit::each_city;

use crate::journey::{apply_with, city_with_people, no_of};

fn found(index: &Index, words: &str) -> usize {
    let found = index.search(&Query::new(format!("\"{words}\""))).expect("searched");
    if found.relaxed { 0 } else { found.total }
}

#[test]
fn the_index_holds_what_was_published_and_nothing_of_cases_and_people() {
    each_city(hall::OFFICES, async |city| {
        hall::fill_demo(&city.hall, 40, 12, |_| {}).await.expect("a demo");
        city.settle().await;
        let index = &city.hall.search;
        let published: i64 = city
            .hall
            .store
            .read(|r| {
                Ok(r.one(
                    "SELECT CAST(COUNT(*) AS BIGINT) FROM portal_documents
                     WHERE state = 'published'",
                    &[],
                )?)
            })
            .await
            .expect("counted");
        let (documents, items) =
            (index.count("document").expect("a count"), index.count("item").expect("a count"));
        assert_eq!(documents, usize::try_from(published).expect("a number"));
        assert!(items > 0);
        let data = index.count("dataset").expect("a count");
        assert!(data > 0);
        assert_eq!(index.len(), documents + items + data, "there is nothing of another kind");
    });
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let made = apply_with(&city.client("citizen").await, "road-freight", "rules").await;
        city.settle().await;
        let index = &city.hall.search;
        assert!(found(index, "道路") > 0, "it finds what was published");
        let no = no_of(&made);
        for words in ["陈晓敏", "王建国", "李雷", "13812345678", "滨湖南路", "citizen@example.com"]
        {
            assert_eq!(found(index, words), 0, "{words}");
        }
        assert_eq!(found(index, no), 0, "the number of a case");
    });
}

/// An office that offers more to the index is met by whoever reviews this line: what is not published to
/// everybody has no place there.
#[test]
fn only_what_is_published_is_offered_to_the_index() {
    let offers = hall::OFFICES.iter().flat_map(|office| office.offers);
    let kinds: Vec<&str> = offers.flat_map(|offer| offer.kinds).copied().collect();
    assert_eq!(
        kinds,
        [
            "portal.published",
            "portal.imported",
            "portal.withdrawn",
            "powers.published",
            "catalogue.resource_published",
            "catalogue.resource_withdrawn",
        ]
    );
}
