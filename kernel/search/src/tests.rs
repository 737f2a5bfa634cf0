//! What people search for, and what they find.

use proptest::prelude::*;

use crate::{Change, Doc, Fragment, Hit, Index, Query};

const OPINION: &str = "为了加强电子政务建设与管理，促进电子政务网络的互联互通、信息资源共享，\
    结合我市实际，现就电子政务建设提出如下意见。\n一、指导思想\n以“两型”社会建设为导向，突出政务公开、\
    为民办事和公众参与三大功能。要求公开的政务信息100%可在网上查询，OA系统统一建设。";
const NOTICE: &str = "各区人民政府：为做好二〇一二年度政务公开工作，推进行政审批项目网上申请，\
    现将有关事项通知如下。\n第一条　个人信息的处理包括个人信息的收集、存储、使用、加工、传输、提供、公开、\
    删除等。第二条　办理营业执照须提交住所证明（房屋租赁合同或者产权证明）。";
const GUIDE: &str = "本指南说明如何办理食品经营许可证。申请人应当提交营业执照复印件。\
    中国人民银行鄂州市中心支行的Road Map系统另行通知。";

fn doc(key: &str, title: &str, number: &str, day: i64, body: &str) -> Doc {
    Doc {
        key: key.into(),
        kind: if key.starts_with("item") { "item" } else { "document" }.into(),
        url: format!("/find/{key}"),
        title: title.into(),
        body: body.into(),
        organ: "鄂州市人民政府".into(),
        number: number.into(),
        published_on: day,
        column: if day < 150 { "文件" } else { "指南" }.into(),
        ..Doc::default()
    }
}

fn city() -> Index {
    let index = Index::in_memory().expect("an index");
    let docs = [
        doc(
            "opinion",
            "关于加快推进鄂州市电子政务建设的意见",
            "鄂州政发〔2012〕28号",
            100,
            OPINION,
        ),
        doc("notice", "关于做好政务公开工作的通知", "鄂州政办发〔2012〕7号", 120, NOTICE),
        doc("item:1", "食品经营许可 办事指南", "", 200, GUIDE),
    ];
    index.apply(docs.into_iter().map(Change::Put).collect(), 7).expect("applied");
    index
}

fn search(index: &Index, text: &str) -> crate::Results {
    index.search(&Query::new(text)).expect("a search never fails")
}

fn keys(index: &Index, text: &str) -> Vec<String> {
    let results = search(index, text);
    if results.relaxed { Vec::new() } else { results.hits.into_iter().map(|hit| hit.key).collect() }
}

fn hits_in(fragments: &[Fragment]) -> Vec<&str> {
    fragments.iter().filter(|one| one.hit).map(|one| one.text.as_str()).collect()
}

fn plain(fragments: &[Fragment]) -> String {
    fragments.iter().map(|one| one.text.as_str()).collect()
}

#[test]
fn every_phrase_of_a_text_finds_it() {
    let index = city();
    for (key, body) in [("opinion", OPINION), ("notice", NOTICE), ("item:1", GUIDE)] {
        let letters: Vec<char> = body.chars().collect();
        for length in 1..=13 {
            for phrase in letters.windows(length) {
                let phrase: String = phrase.iter().collect();
                if crate::fold::folded(&phrase).is_empty() {
                    continue;
                }
                assert!(keys(&index, &phrase).contains(&key.to_owned()), "{phrase:?}");
            }
        }
    }
}

#[test]
fn a_phrase_is_found_across_punctuation_width_and_case() {
    let index = city();
    for text in [
        "收集存储使用",
        "收集、存储、使用",
        "100%可在",
        "１００可在网上",
        "oa系统",
        "ＯＡ系统",
        "两型社会",
        "road map系统",
        "roadmap",
    ] {
        assert_eq!(keys(&index, text).len(), 1, "{text}");
    }
}

#[test]
fn no_phrase_reaches_from_the_title_into_the_text() {
    let index = Index::in_memory().unwrap();
    for (n, title) in ["甲乙丙", "甲乙丙丁"].into_iter().enumerate() {
        let put = Change::Put(doc(&n.to_string(), title, "子丑", 1, "戊己庚辛"));
        index.apply(vec![put], 1).unwrap();
    }
    for text in ["丙子", "乙丙子丑", "丙丁子丑", "丁子丑", "丑戊己庚"] {
        assert!(search(&index, text).hits.is_empty(), "{text}");
    }
}

#[test]
fn the_number_finds_its_document_however_it_is_written() {
    let index = city();
    for text in ["鄂州政发〔2012〕28号", "鄂州政发[2012]28号", "鄂州政发 28号", "政发（2012）28号"]
    {
        assert_eq!(keys(&index, text), ["opinion"], "{text}");
    }
}

#[test]
fn the_title_comes_before_the_number_and_the_number_before_the_text() {
    let index = Index::in_memory().unwrap();
    let often = "防汛".repeat(50);
    let docs = [
        doc("text", "通知", "", 300, &often),
        doc("number", "通知", "鄂防汛〔2020〕1号", 200, "正文"),
        doc("title", "防汛应急预案", "", 100, "正文"),
    ];
    index.apply(docs.into_iter().map(Change::Put).collect(), 1).unwrap();
    assert_eq!(keys(&index, "防汛"), ["title", "number", "text"]);
}

#[test]
fn the_newer_of_two_equals_comes_first() {
    let index = Index::in_memory().unwrap();
    let docs = [1, 3, 2].map(|day| doc(&day.to_string(), "停水通知", "", day, "明日停水"));
    index.apply(docs.into_iter().map(Change::Put).collect(), 1).unwrap();
    assert_eq!(keys(&index, "停水"), ["3", "2", "1"]);
}

#[test]
fn a_whole_word_comes_before_the_same_characters_by_chance() {
    let index = Index::in_memory().unwrap();
    let docs = [
        doc("chance", "甲", "", 2, "Roadmap，Roadmap，Roadmap"),
        doc("word", "乙", "", 1, "建设全市统一的OA系统，逐步推广应用"),
    ];
    index.apply(docs.into_iter().map(Change::Put).collect(), 1).unwrap();
    assert_eq!(keys(&index, "oa"), ["word", "chance"]);
}

#[test]
fn words_with_a_space_between_must_all_be_there() {
    let index = city();
    assert_eq!(keys(&index, "政务公开 营业执照"), ["notice"]);
    assert!(keys(&index, "电子政务 营业执照").is_empty());
}

#[test]
fn what_is_nowhere_as_written_is_found_by_most_of_its_words_and_says_so() {
    let index = city();
    let results = search(&index, "食品经营许可证办理指南");
    assert!(results.relaxed);
    assert_eq!(results.hits.first().map(|hit| hit.key.as_str()), Some("item:1"));
    assert_eq!(search(&index, "\"食品经营许可证办理指南\"").total, 0);
    assert!(!search(&index, "量子力学").relaxed);
}

#[test]
fn a_filter_leaves_only_its_kind_and_column() {
    let index = city();
    let of = |kind: Option<&str>, column: Option<&str>| {
        let query = Query {
            kind: kind.map(str::to_owned),
            column: column.map(str::to_owned),
            ..Query::new("营业执照")
        };
        index.search(&query).unwrap().hits.into_iter().map(|hit| hit.key).collect::<Vec<_>>()
    };
    assert_eq!(of(Some("item"), None), ["item:1"]);
    assert_eq!(of(None, Some("文件")), ["notice"]);
    assert!(of(Some("item"), Some("文件")).is_empty());
}

#[test]
fn a_later_offer_replaces_the_earlier_and_a_withdrawn_one_is_gone() {
    let index = city();
    let new = doc("notice", "关于废止旧文件的决定", "", 130, "全文废止");
    index.apply(vec![Change::Put(new), Change::Delete("item:1".into())], 9).unwrap();
    assert!(keys(&index, "政务公开工作").is_empty());
    assert!(keys(&index, "食品经营").is_empty());
    assert_eq!(keys(&index, "全文废止"), ["notice"]);
    assert_eq!((index.len(), index.position()), (2, 9));
    index.start_over().unwrap();
    assert_eq!((index.len(), index.position()), (0, 0));
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat_while_the_index_changes() {
    let index = Index::in_memory().unwrap();
    for day in 0..40i64 {
        let body = format!("防汛工作通知{}", "，水位上涨".repeat((day % 7) as usize));
        let put = Change::Put(doc(&format!("d{day}"), "通知", "", day / 3, &body));
        index.apply(vec![put], day).unwrap();
    }
    let mut query = Query { limit: 7, ..Query::new("防汛工作") };
    let mut seen: Vec<String> = Vec::new();
    let mut pages = 0;
    loop {
        let page = index.search(&query).unwrap();
        assert_eq!(page.total, 40 + pages);
        seen.extend(page.hits.into_iter().map(|hit| hit.key).filter(|key| key.starts_with('d')));
        pages += 1;
        let other = doc(&format!("x{pages}"), "防汛工作预案", "", 99, "水位");
        index.apply(vec![Change::Put(other)], 100).unwrap();
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (40, 40), "{seen:?}");
}

#[test]
fn pages_of_relaxed_results_stay_relaxed() {
    let index = Index::in_memory().unwrap();
    let docs = (0..5).map(|n| doc(&n.to_string(), "通知", "", n, "食品经营许可证。办理须知"));
    index.apply(docs.map(Change::Put).collect(), 1).unwrap();
    let query = Query { limit: 2, ..Query::new("食品许可证办理") };
    let first = index.search(&query).unwrap();
    let second = index.search(&Query { after: first.next.clone(), ..query }).unwrap();
    assert!(first.relaxed && second.relaxed);
    assert_eq!(first.hits.iter().chain(&second.hits).count(), 4);
    assert_ne!(first.hits.last(), second.hits.first());
}

#[test]
fn the_title_and_the_passage_mark_what_was_searched_for() {
    let index = city();
    let hit: Hit = search(&index, "电子政务").hits.remove(0);
    assert_eq!(hits_in(&hit.title), ["电子政务"]);
    assert_eq!(hit.title_text(), "关于加快推进鄂州市电子政务建设的意见");
    let passage = plain(&hit.snippet);
    assert_eq!(hits_in(&hit.snippet), ["电子政务"; 3]);
    assert!(passage.starts_with("为了加强") && passage.ends_with("三大功能。"), "{passage}");
}

#[test]
fn a_passage_begins_and_ends_with_a_sentence_where_it_can() {
    let far = format!("{}。{}{}", "前言".repeat(200), "甲事项办理须知。", "附则".repeat(200));
    let index = Index::in_memory().unwrap();
    index.apply(vec![Change::Put(doc("d", "指南", "", 1, &far))], 1).unwrap();
    let hit = search(&index, "办理须知").hits.remove(0);
    let passage = plain(&hit.snippet);
    assert!(passage.starts_with("甲事项办理须知。"), "{passage}");
    assert!(passage.ends_with('…') && passage.chars().count() <= 130, "{passage}");
    let title_only = search(&index, "指南").hits.remove(0);
    assert!(plain(&title_only.snippet).starts_with("前言前言"));
    assert!(hits_in(&title_only.snippet).is_empty());
}

#[test]
fn a_hit_across_punctuation_is_marked_with_it() {
    let index = city();
    let hit = search(&index, "收集存储").hits.remove(0);
    assert_eq!(hits_in(&hit.snippet), ["收集、存储"]);
}

#[test]
fn odd_input_is_never_an_error() {
    let index = city();
    let long = "电子政务".repeat(5_000);
    for text in [
        "",
        " ",
        "\"",
        "””““",
        "*",
        "AND",
        "NOT (",
        "body:[a TO",
        "^~*?:/\\",
        "\0",
        "'; --",
        "🀄",
        long.as_str(),
    ] {
        let _ = search(&index, text);
    }
    for after in ["", "w", "高", "w00", &"f".repeat(41), &format!("w{}", "f".repeat(40))] {
        let query = Query { after: Some(after.to_owned()), limit: 0, ..Query::new("政务") };
        assert!(index.search(&query).unwrap().hits.len() <= 1, "{after}");
    }
}

#[test]
fn an_index_keeps_its_place_in_the_ledger_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    index.apply(vec![Change::Put(doc("a", "甲", "", 1, "乙"))], 42).unwrap();
    index.apply(Vec::new(), 43).unwrap();
    assert!(matches!(Index::open(dir.path()), Err(crate::SearchFault::InUse(_))));
    drop(index);
    let index = Index::open(dir.path()).unwrap();
    assert_eq!((index.position(), index.len()), (43, 1));
}

#[test]
fn a_damaged_index_and_one_of_another_version_begin_again_from_empty() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    index.apply(vec![Change::Put(doc("a", "甲", "", 1, "乙"))], 42).unwrap();
    drop(index);
    let other = dir.path().join("index-0");
    std::fs::create_dir(&other).unwrap();
    let place = dir.path().join(format!("index-{}", crate::schema::VERSION));
    for entry in std::fs::read_dir(&place).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "idx" || kind == "store") {
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    let index = Index::open(dir.path()).unwrap();
    assert_eq!((index.position(), index.len()), (0, 0));
    assert!(!other.exists());
    drop(index);
    std::fs::write(place.join("meta.json"), "{").unwrap();
    assert_eq!(Index::open(dir.path()).unwrap().position(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_piece_of_any_text_is_found_and_shown_whole(
        body in "[ 。，“”a-c0-2Ａ电子政务]{1,60}",
        from in 0usize..60,
        length in 1usize..14,
    ) {
        let piece: String = body.chars().skip(from).take(length).collect();
        prop_assume!(!crate::fold::folded(&piece).is_empty());
        let index = Index::in_memory().unwrap();
        index.apply(vec![Change::Put(doc("it", "题", "", 1, &body))], 1).unwrap();
        let results = search(&index, &piece);
        prop_assert_eq!(results.total, 1);
        prop_assert!(!results.relaxed);
        prop_assert!(!hits_in(&results.hits[0].snippet).is_empty());
    }

    #[test]
    fn any_input_at_all_is_answered(text in "\\PC{0,80}", after in "\\PC{0,50}") {
        thread_local!(static CITY: Index = city());
        let query = Query { after: Some(after), ..Query::new(text) };
        prop_assert!(CITY.with(|city| city.search(&query)).is_ok());
    }
}
