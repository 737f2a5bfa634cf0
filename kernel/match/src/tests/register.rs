//! A small register of residents: learnt from, matched, clustered, added to.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    Cell, ColumnSpec, Comparison, Conflict, Derive, Effort, Engine, Found, Key, Kind, Level, Model,
    Odds, Rule, Rulings, Scope, Stand, Table, Test, Waits, to_probability,
};

pub(super) fn cells<'a>(texts: &[&'a str]) -> Vec<Cell<'a>> {
    texts.iter().map(|text| Cell::Text(text)).collect()
}

/// A model of these columns that compares nothing yet.
pub(super) fn model_of(columns: &[(&str, Kind)]) -> Model {
    let spec = |(name, kind): &(&str, Kind)| ColumnSpec { name: (*name).to_owned(), kind: *kind };
    Model {
        columns: columns.iter().map(spec).collect(),
        rules: Vec::new(),
        certain: Vec::new(),
        certain_recall: 0.8,
        comparisons: Vec::new(),
        conflicts: Vec::new(),
        link: 0.9,
        review: 0.2,
        cohesion: 0.5,
        prior: None,
        block_records_max: None,
    }
}

fn rule(keys: &[(&str, Derive)]) -> Rule {
    let key = |(column, of): &(&str, Derive)| Key { column: (*column).to_owned(), of: *of };
    Rule { keys: keys.iter().map(key).collect(), made_of: Vec::new() }
}

fn comparison(name: &str, steps: &[(Test, f64, f64)], otherwise: (f64, f64)) -> Comparison {
    let odds = |m, u| Odds { m: Some(m), u: Some(u) };
    let level =
        |(test, m, u): &(Test, f64, f64)| Level { test: *test, rarity: 0.0, odds: odds(*m, *u) };
    Comparison {
        name: name.to_owned(),
        column: name.to_owned(),
        with: None,
        levels: steps.iter().map(level).collect(),
        otherwise: odds(otherwise.0, otherwise.1),
    }
}

/// Name, birth, number, phone; with odds as they come out of a city.
fn residents() -> Model {
    let kinds = [Kind::Name, Kind::Date, Kind::Number, Kind::Number];
    let names = ["name", "birth", "number", "phone"];
    let columns: Vec<(&str, Kind)> = names.into_iter().zip(kinds).collect();
    Model {
        rules: vec![
            rule(&[("number", Derive::Whole)]),
            rule(&[("name", Derive::Sound), ("birth", Derive::Whole)]),
            rule(&[("phone", Derive::Whole)]),
            rule(&[("birth", Derive::Whole), ("name", Derive::Surname)]),
        ],
        comparisons: vec![
            comparison(
                "name",
                &[
                    (Test::Equal, 0.85, 1e-4),
                    (Test::Pinyin, 0.08, 1e-4),
                    (Test::OneDiffers, 0.04, 4e-3),
                ],
                (0.03, 0.99),
            ),
            comparison(
                "birth",
                &[(Test::Equal, 0.95, 1e-4), (Test::OneDiffers, 0.03, 1e-3)],
                (0.02, 0.99),
            ),
            comparison(
                "number",
                &[(Test::Equal, 0.95, 1e-6), (Test::OneDiffers, 0.03, 1e-6)],
                (0.02, 0.99),
            ),
            comparison("phone", &[(Test::Equal, 0.7, 1e-4)], (0.3, 0.9999)),
        ],
        prior: Some(1e-4),
        ..model_of(&columns)
    }
}

const ZHANG: [&str; 4] = ["张伟", "1990-03-07", "420702199003070014", "13900112233"];

fn engine(model: &Model, rows: &[(u64, [&str; 4])]) -> Engine {
    let mut table = Table::new(&model.columns);
    for (id, row) in rows {
        table.push(*id, &cells(row)).unwrap();
    }
    Engine::new(model, table).unwrap()
}

/// The clusters by the ids of their records.
fn clusters(
    model: &Model,
    rows: &[(u64, [&str; 4])],
    rulings: &Rulings,
) -> BTreeSet<BTreeSet<u64>> {
    let engine = engine(model, rows);
    let scored = engine.score(model, Scope::All).unwrap();
    let found = engine.cluster(model, Scope::All, &scored, rulings).unwrap();
    let ids = |group: &Vec<u32>| group.iter().map(|place| engine.table().id(*place)).collect();
    found.groups.iter().map(ids).collect()
}

fn sets(groups: &[&[u64]]) -> BTreeSet<BTreeSet<u64>> {
    groups.iter().map(|group| group.iter().copied().collect()).collect()
}

#[test]
fn one_person_in_three_registers_is_one() {
    let rows = [
        (1, ZHANG),
        (2, ["章伟", "1990年3月7日", "420702199003070014", "-"]),
        (3, ["张伟", "1990-03-07", "420702199003070015", "139 0011 2233"]),
        (4, ["李娜", "1985-11-20", "420704198511200023", "13700001111"]),
    ];
    assert_eq!(clusters(&residents(), &rows, &Rulings::default()), sets(&[&[1, 2, 3]]));
}

#[test]
fn a_pair_is_compared_once_though_three_rules_bring_it() {
    let engine = engine(&residents(), &[(1, ZHANG), (2, ZHANG)]);
    let scored = engine.score(&residents(), Scope::All).unwrap();
    assert_eq!((scored.compared, scored.pairs.len()), (1, 1));
}

#[test]
fn a_block_that_is_too_large_is_told_and_left_out() {
    let model = Model { block_records_max: Some(3), ..residents() };
    let rows: Vec<_> = (0..5).map(|n| (n, ["王芳", "1970-01-01", "", ""])).collect();
    let scored = engine(&model, &rows).score(&model, Scope::All).unwrap();
    assert_eq!(scored.compared, 0);
    let told: Vec<_> = scored.left_out.iter().map(|block| (block.rule, block.records)).collect();
    assert_eq!(told, [(1, 5), (3, 5)]);
}

#[test]
fn a_waterfall_begins_at_the_prior_and_ends_at_the_verdict() {
    let model = residents();
    let engine = engine(&model, &[(1, ZHANG), (2, ["章伟", "1990-03-07", "", "13788889999"])]);
    let told = engine.explain(&model, 0, 1).unwrap();
    let found: Vec<Found> = told.steps.iter().map(|step| step.found).collect();
    let wanted = [
        Found::Level(1, Test::Pinyin),
        Found::Level(0, Test::Equal),
        Found::Silence,
        Found::Otherwise,
    ];
    assert_eq!(found, wanted);
    let sum: f64 = told.steps.iter().map(|step| step.bits + step.rarity_bits).sum();
    assert!((told.prior_bits + sum - told.bits).abs() < 1e-9);
    assert!((told.steps.last().unwrap().sum_bits - told.bits).abs() < 1e-9);
    assert!((told.bits - engine.weigh(&model, 0, 1).unwrap()).abs() < 1e-3);
    assert!((told.probability - to_probability(told.bits)).abs() < 1e-12);
    assert_eq!(found[0].words(), "读音相同");
}

#[test]
fn a_rare_name_says_more_than_a_common_one() {
    let mut model = residents();
    model.comparisons[0].levels[0].rarity = 1.0;
    let mut rows: Vec<(u64, [&str; 4])> = (0..40).map(|n| (n, ["王伟", "", "", ""])).collect();
    rows.extend([(40, ["尉迟敬德", "", "", ""]), (41, ["尉迟敬德", "", "", ""])]);
    let engine = engine(&model, &rows);
    let common = engine.weigh(&model, 0, 1).unwrap();
    assert!(engine.weigh(&model, 40, 41).unwrap() > common + 1.0);
}

/// A is linked to B and B to C, but A and C are two people.
fn chain() -> [(u64, [&'static str; 4]); 4] {
    [
        (1, ZHANG),
        (2, ["张伟", "1990-03-07", "420702199003070014", "13900112233"]),
        (3, ["张伟", "1990-03-07", "", "13655550000"]),
        (4, ["张卫国", "1962-10-01", "420702196210010033", "13655550000"]),
    ]
}

#[test]
fn clusters_do_not_chain_over_a_shared_phone() {
    // The phone alone would be enough between 3 and 4.
    let mut model = residents();
    model.comparisons[3].levels[0].odds = Odds { m: Some(0.9), u: Some(1e-12) };
    let found = clusters(&model, &chain(), &Rulings::default());
    assert_eq!(found, sets(&[&[1, 2, 3]]));
}

#[test]
fn a_conflict_keeps_records_apart_and_goes_to_a_person() {
    let mut model = residents();
    model.conflicts = vec![Conflict {
        all: vec![Stand { comparison: "number".to_owned(), at_best: Vec::new() }],
    }];
    let rows = [(1, ZHANG), (2, ["张伟", "1990-03-07", "420704199003078811", "13900112233"])];
    let engine = engine(&model, &rows);
    let scored = engine.score(&model, Scope::All).unwrap();
    let found = engine.cluster(&model, Scope::All, &scored, &Rulings::default()).unwrap();
    assert!(found.groups.is_empty());
    assert_eq!(found.review.iter().map(|r| r.why).collect::<Vec<_>>(), [Waits::Conflict]);
}

#[test]
fn what_is_not_sure_waits_for_a_person() {
    let model = Model { link: 0.999_999, ..residents() };
    let rows = [(1, ZHANG), (2, ["张伟", "1990-03-07", "", ""])];
    let engine = engine(&model, &rows);
    let scored = engine.score(&model, Scope::All).unwrap();
    let found = engine.cluster(&model, Scope::All, &scored, &Rulings::default()).unwrap();
    assert!(found.groups.is_empty());
    assert_eq!(found.review.iter().map(|r| r.why).collect::<Vec<_>>(), [Waits::Unsure]);
}

#[test]
fn one_person_with_three_hundred_records_is_one() {
    let rows: Vec<_> = (0..300).map(|n| (n, ZHANG)).collect();
    let mut model = residents();
    // Who has three hundred records is no common name: their number is what tells.
    model.comparisons[2].levels[0].odds = Odds { m: Some(0.95), u: Some(1e-9) };
    let found = clusters(&model, &rows, &Rulings::default());
    assert_eq!(found.iter().map(BTreeSet::len).collect::<Vec<_>>(), [300]);
}

#[test]
fn what_people_ruled_stands() {
    let rows = [(1, ZHANG), (2, ZHANG), (9, ["李娜", "1985-11-20", "", ""])];
    let rulings = Rulings { same: vec![(1, 9)], apart: vec![(1, 2)] };
    assert_eq!(clusters(&residents(), &rows, &rulings), sets(&[&[1, 9]]));
}

#[test]
fn two_files_without_duplicates_give_one_of_each() {
    let model = residents();
    let engine = engine(&model, &[(1, ZHANG), (2, ZHANG), (3, ZHANG)]);
    let scope = Scope::Across(1);
    let scored = engine.score(&model, scope).unwrap();
    assert_eq!(scored.compared, 2);
    let found = engine.cluster(&model, scope, &scored, &Rulings::default()).unwrap();
    assert_eq!(found.groups, [vec![0, 1]]);
}

#[test]
fn a_load_comes_to_the_register_as_if_it_had_been_there() {
    let model = residents();
    let standing = [(1, ZHANG), (2, ["李娜", "1985-11-20", "420704198511200023", "13700001111"])];
    let load =
        [(3, ["章伟", "1990-03-07", "", "13900112233"]), (4, ["李娜", "1985-11-20", "", ""])];
    let whole: Vec<_> = standing.iter().chain(&load).copied().collect();
    let all = engine(&model, &whole).score(&model, Scope::All).unwrap();
    let mut engine = engine(&model, &standing);
    let first = engine.take_in(load.iter().map(|(id, row)| (*id, cells(row)))).unwrap();
    let scope = Scope::From(first);
    let came = engine.score(&model, scope).unwrap();
    assert_eq!(came.pairs, all.pairs);
    assert_eq!(came.compared, all.compared, "no pair of those that stood is compared again");
    engine.withdraw(first);
    assert_eq!(engine.score(&model, Scope::All).unwrap().pairs, [], "it was only tried");
    let first = engine.take_in(load.iter().map(|(id, row)| (*id, cells(row)))).unwrap();
    assert_eq!(engine.score(&model, Scope::From(first)).unwrap().pairs, came.pairs);
    let mut rulings = Rulings::default();
    rulings.hold([[1u64].as_slice(), [2].as_slice()]);
    let found = engine.cluster(&model, scope, &came, &rulings).unwrap();
    assert_eq!(found.groups, [vec![0, 2], vec![1, 3]]);
}

#[test]
fn blind_keys_bring_together_what_the_plain_ones_would() {
    let mut model = residents();
    let plain = model.clone();
    model.columns.push(ColumnSpec { name: "key".to_owned(), kind: Kind::Blind });
    model.rules = vec![Rule {
        made_of: vec!["name".to_owned(), "birth".to_owned()],
        ..rule(&[("key", Derive::Whole)])
    }];
    let mut table = Table::new(&model.columns);
    for id in 1..3 {
        let mut row = cells(&ZHANG);
        row.push(Cell::Blind([5; 32]));
        table.push(id, &row).unwrap();
    }
    let blind = Engine::new(&model, table).unwrap().score(&model, Scope::All).unwrap();
    let open = engine(&plain, &[(1, ZHANG), (2, ZHANG)]).score(&plain, Scope::All).unwrap();
    assert_eq!(blind.pairs, open.pairs);
}

#[test]
fn a_model_that_names_a_stranger_is_refused() {
    let mut model = residents();
    model.comparisons[0].column = "nobody".to_owned();
    assert!(Engine::new(&model, Table::new(&model.columns)).is_err());
    let mut model = residents();
    model.prior = None;
    let engine = engine(&model, &[(1, ZHANG)]);
    assert!(engine.score(&model, Scope::All).is_err(), "it was not trained");
}

#[test]
fn a_model_reads_back_as_it_was_written() {
    let model = residents();
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
}

/// Six hundred people, most of them twice, with slips that come by turns.
fn register() -> Vec<(u64, [String; 4])> {
    let surnames: Vec<char> = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗".chars().collect();
    let given: Vec<char> = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉".chars().collect();
    let mut rows = Vec::new();
    for n in 0..600usize {
        let (a, b) = (given[n * 7 % given.len()], given[n * 11 / 3 % given.len()]);
        let name = format!("{}{a}{b}", surnames[n * 13 % surnames.len()]);
        let (year, month, day) = (1940 + n * 17 % 70, 1 + n * 5 % 12, 1 + n * 19 % 28);
        let birth = format!("{year:04}-{month:02}-{day:02}");
        let number = format!("420702{year:04}{month:02}{day:02}{:04}", n * 37 % 10_000);
        let phone = format!("139{:08}", n * 7_919);
        rows.push((n as u64, [name.clone(), birth.clone(), number.clone(), phone.clone()]));
        if n % 3 == 0 {
            continue;
        }
        let slip = match n % 8 {
            0 => [name.replace('伟', "玮"), birth, number, phone],
            1 => [name, format!("{year:04}-{month:02}-{:02}", 1 + day % 28), number, phone],
            2 => [name, birth, String::new(), phone],
            3 => [name, birth, number, format!("138{:08}", n * 31)],
            4 => [name.chars().take(2).collect(), birth, number, phone],
            _ => [name, birth, number, phone],
        };
        rows.push((10_000 + n as u64, slip));
    }
    rows
}

#[test]
fn a_register_teaches_its_own_model() {
    let mut model = residents();
    model.prior = None;
    for comparison in &mut model.comparisons {
        comparison.levels.iter_mut().for_each(|level| level.odds = Odds::default());
        comparison.otherwise = Odds::default();
    }
    let rows = register();
    let mut table = Table::new(&model.columns);
    for (id, row) in &rows {
        table.push(*id, &cells(&row.each_ref().map(String::as_str))).unwrap();
    }
    let engine = Engine::new(&model, table).unwrap();
    let learnt = engine.train(&model, Scope::All, Effort::default()).unwrap();
    assert_eq!(learnt.unlearnt, Vec::<String>::new());
    for comparison in &learnt.model.comparisons {
        let (equal, otherwise) = (comparison.levels[0].odds, comparison.otherwise);
        assert!(equal.m > equal.u && otherwise.m < otherwise.u, "{comparison:?}");
        let sum: f64 = comparison.levels.iter().filter_map(|level| level.odds.m).sum();
        assert!((sum + otherwise.m.unwrap() - 1.0).abs() < 1e-9);
    }
    let scored = engine.score(&learnt.model, Scope::All).unwrap();
    let found = engine.cluster(&learnt.model, Scope::All, &scored, &Rulings::default()).unwrap();
    let id = |place: u32| engine.table().id(place) % 10_000;
    let right = found.groups.iter().filter(|g| g.len() == 2 && id(g[0]) == id(g[1])).count();
    assert_eq!(right, found.groups.len());
    assert!(right >= 396, "{right} of 400");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_order_of_records_changes_no_cluster(order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle()) {
        let rows: Vec<(u64, [&str; 4])> = chain().into_iter().chain([
            (5, ["章伟", "1990-03-07", "", "13900112233"]),
            (6, ["张伟", "1991-03-07", "", "13900112233"]),
            (7, ["李娜", "1985-11-20", "420704198511200023", "13700001111"]),
            (8, ["李娜", "1985-11-21", "420704198511200023", ""]),
            (9, ["黎娜", "1985-11-20", "", "13700001111"]),
            (10, ["张卫国", "1962-10-01", "", ""]),
            (11, ["张卫国", "1962-10-01", "420702196210010034", ""]),
            (12, ["王芳", "1985-11-20", "", "13700001111"]),
        ]).collect();
        let shuffled: Vec<_> = order.iter().map(|n| rows[*n]).collect();
        let model = residents();
        prop_assert_eq!(
            clusters(&model, &shuffled, &Rulings::default()),
            clusters(&model, &rows, &Rulings::default())
        );
    }
}
