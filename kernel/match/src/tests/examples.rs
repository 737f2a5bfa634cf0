//! What each test holds two values to.

use proptest::prelude::*;

use super::register::{cells, model_of};
use crate::{Comparison, Engine, Found, Kind, Level, Model, Odds, Part, Table, Test};

/// The tests that are tried on a kind, the strongest first.
fn tests_of(kind: Kind) -> Vec<Test> {
    match kind {
        Kind::Name => vec![
            Test::Equal,
            Test::Variant,
            Test::Pinyin,
            Test::Romanised,
            Test::Order,
            Test::Missing,
            Test::Alike,
            Test::PinyinNear,
            Test::OneDiffers,
            Test::JaroWinkler(0.9),
            Test::Given,
            Test::Surname,
            Test::Begins,
        ],
        Kind::Date => vec![
            Test::Equal,
            Test::Transposed,
            Test::OneDiffers,
            Test::DayMonth,
            Test::YearNear(1),
            Test::FirstOfMonth,
            Test::DaysWithin(60),
            Test::Year,
        ],
        Kind::Number => vec![
            Test::Equal,
            Test::Masked,
            Test::Transposed,
            Test::OneDiffers,
            Test::OneMissing,
            Test::Twin,
            Test::Within(2),
            Test::Invalid,
        ],
        _ => vec![
            Test::Equal,
            Test::Reaches(Part::Room),
            Test::Reaches(Part::Number),
            Test::Reaches(Part::Road),
            Test::Parts(Part::District),
        ],
    }
}

/// A model that compares one column.
fn judge(kind: Kind) -> Model {
    let odds = Odds { m: Some(0.5), u: Some(0.5) };
    let level = |test| Level { test, rarity: 0.0, odds };
    let levels = tests_of(kind).into_iter().map(level).collect();
    let comparison = Comparison {
        name: "it".to_owned(),
        column: "it".to_owned(),
        with: None,
        levels,
        otherwise: odds,
    };
    Model { comparisons: vec![comparison], prior: Some(0.5), ..model_of(&[("it", kind)]) }
}

/// The test that holds; the same whichever value comes first.
fn told(kind: Kind, a: &str, b: &str) -> Option<Test> {
    let model = judge(kind);
    let mut table = Table::new(&model.columns);
    table.push(1, &cells(&[a])).unwrap();
    table.push(2, &cells(&[b])).unwrap();
    let engine = Engine::new(&model, table).unwrap();
    let found = |a, b| engine.explain(&model, a, b).unwrap().steps[0].found;
    assert_eq!(found(0, 1), found(1, 0), "{a} {b}");
    match found(0, 1) {
        Found::Level(_, test) => Some(test),
        _ => None,
    }
}

#[test]
fn names_that_clerks_write_in_two_ways() {
    let cases = [
        ("张伟", "张 伟", Some(Test::Equal)),
        ("張偉", "张伟", Some(Test::Variant)),
        ("张升", "张昇", Some(Test::Variant)),
        ("张伟", "章伟", Some(Test::Pinyin)),
        ("曾晓红", "增晓红", Some(Test::Pinyin)),
        ("张伟", "ZHANG WEI", Some(Test::Romanised)),
        ("张伟", "Wei Zhang", Some(Test::Romanised)),
        ("吕布", "Lv Bu", Some(Test::Romanised)),
        ("欧阳娜娜", "娜娜欧阳", Some(Test::Order)),
        ("wei zhang", "zhang wei", Some(Test::Order)),
        ("张国伟", "张国", Some(Test::Missing)),
        ("张国伟", "张伟", Some(Test::Missing)),
        ("李未来", "李末来", Some(Test::Alike)),
        ("李林", "李玲", Some(Test::PinyinNear)),
        ("陈建国", "陈建军", Some(Test::OneDiffers)),
        ("王小明", "李小明", Some(Test::OneDiffers)),
        ("mitchell", "mitchel", Some(Test::JaroWinkler(0.9))),
        ("王小明", "王建国", Some(Test::Surname)),
        ("j", "john", Some(Test::Begins)),
        ("王小明", "赵建国", None),
    ];
    for (a, b, test) in cases {
        assert_eq!(told(Kind::Name, a, b), test, "{a} {b}");
    }
}

#[test]
fn days_that_are_one_day_or_nearly() {
    let cases = [
        ("1990-03-07", "一九九零年三月七日", Some(Test::Equal)),
        ("1990-03-07", "1990-03-70", Some(Test::Transposed)),
        ("1990-03-07", "1990-03-08", Some(Test::OneDiffers)),
        ("1990-03-12", "1990-12-03", Some(Test::DayMonth)),
        ("1989-03-07", "1990-03-07", Some(Test::YearNear(1))),
        ("1990-03-01", "1990-03-17", Some(Test::FirstOfMonth)),
        ("1990-02-11", "1990-03-07", Some(Test::DaysWithin(60))),
        ("1990-02-11", "1990-11-27", Some(Test::Year)),
        ("1990-02-11", "1971-11-27", None),
    ];
    for (a, b, test) in cases {
        assert_eq!(told(Kind::Date, a, b), test, "{a} {b}");
    }
}

#[test]
fn citizens_numbers_with_slips_of_the_hand() {
    let number = "11010519491231002X";
    let cases = [
        ("110105491231002", Some(Test::Equal)),
        ("110105********002X", Some(Test::Masked)),
        ("11010519491231020X", Some(Test::Transposed)),
        ("11010519491231003X", Some(Test::OneDiffers)),
        ("1101051949123102X", Some(Test::OneMissing)),
        ("11010519481231003X", Some(Test::Within(2))),
        ("11010519491231045X", Some(Test::Twin)),
        ("420702199003074213", Some(Test::Invalid)),
    ];
    for (other, test) in cases {
        assert_eq!(told(Kind::Number, number, other), test, "{other}");
    }
}

#[test]
fn addresses_down_to_the_part_in_which_they_agree() {
    let door = "鄂州市鄂城区滨湖西路12号3栋2单元501室";
    let cases = [
        ("滨湖西路十二号３栋二单元五零一室", Some(Test::Reaches(Part::Room))),
        ("鄂城区滨湖西路12号", Some(Test::Reaches(Part::Number))),
        ("鄂城区滨湖西路88号", Some(Test::Reaches(Part::Road))),
        ("华容区江碧路88号", Some(Test::Parts(Part::District))),
        ("鄂城区江碧路88号", None),
    ];
    for (other, test) in cases {
        assert_eq!(told(Kind::Address, door, other), test, "{other}");
    }
}

proptest! {
    #[test]
    fn which_record_comes_first_does_not_matter(
        names in ("[张章王玉李国伟未末a-c ]{1,4}", "[张章王玉李国伟未末a-c ]{1,4}"),
        days in ("19[89][0-9]-0[1-3]-[01][1-3]", "19[89][0-9]-0[1-3]-[01][1-3]"),
        numbers in ("[12*]{5,7}", "[12*]{5,7}"),
        places in ("(滨湖路|江路)[1-3]号([12]栋)?(10[12]室)?", "(滨湖路|江路)[1-3]号([12]栋)?(10[12]室)?"),
    ) {
        // `told` asks both ways.
        told(Kind::Name, &names.0, &names.1);
        told(Kind::Date, &days.0, &days.1);
        told(Kind::Number, &numbers.0, &numbers.1);
        told(Kind::Address, &places.0, &places.1);
    }
}
