//! The verdicts on orders to export: what one says, who may answer, who may fetch, until when.

use base::{Moment, Refusal, RefusalKind};
use frame::Export;

use super::{ASK_GROUND, bad_article, refuse};
use crate::terms::{Order, Stage, Wish};

/// The most letters of a purpose, and of the other lines.
pub const PURPOSE_MAX: usize = 200;
const LINE_MAX: usize = 100;
/// The fewest letters of a unit's full name, and of a person's.
const UNIT_MIN: usize = 4;
const NAME_MIN: usize = 2;
/// The fewest letters of a purpose: 工作需要 says nothing to those who read it among their looks.
const PURPOSE_MIN: usize = 6;

/// An order that says what it must; everything that is wrong is told at once.
pub fn well_wished(wish: &Wish, export: &Export) -> Result<(), Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "privacy.bad_export", "导出需要修改");
    let known = |name: &String| export.columns.iter().any(|column| column.name == name);
    if wish.columns.is_empty() {
        refusal = refusal.field("columns", "请选择要哪些列，只选用得着的");
    } else if !wish.columns.iter().all(known) {
        refusal = refusal.field("columns", "没有这一列，请重新选择");
    }
    let purpose = wish.purpose.chars().count();
    if purpose < PURPOSE_MIN {
        refusal = refusal.field("purpose", "请写明拿去做什么，文件里的人会看到这句话");
    } else if purpose > PURPOSE_MAX {
        refusal = refusal.field("purpose", format!("最多 {PURPOSE_MAX} 个字"));
    }
    if let Some(wrong) = bad_article(ASK_GROUND, &wish.ground) {
        refusal = refusal.field("ground", wrong);
    }
    for (field, text, least, words) in [
        ("receiver", &wish.receiver, UNIT_MIN, "请写接收单位的全称，例如 鄂州市统计局"),
        ("receiver_person", &wish.receiver_person, NAME_MIN, "请写经办人的姓名和联系方式"),
    ] {
        match text.chars().count() {
            signs if signs < least => refusal = refusal.field(field, words),
            signs if signs > LINE_MAX => {
                refusal = refusal.field(field, format!("最多 {LINE_MAX} 个字"));
            }
            _ => {}
        }
    }
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// Whether so many rows fit into a file.
pub fn fits(rows: usize, max: usize) -> Result<(), Refusal> {
    if rows == 0 {
        return Err(refuse("privacy.nothing_to_export", "没有符合条件的内容，没有可以导出的")
            .remedy("请放宽条件"));
    }
    if rows > max {
        let words = format!("符合条件的太多，一个文件最多 {max} 行");
        return Err(refuse("privacy.too_many_rows", words).remedy("请缩短时间，分几次导出"));
    }
    Ok(())
}

/// Said where so much had to be compared that the end was not found.
pub fn too_wide() -> Refusal {
    refuse("privacy.too_wide", "条件太宽，比较了太多记录还没有查完")
        .remedy("请缩短时间，或者加上条件")
}

/// Whether somebody may fetch the file now: who entered the order, nobody else, as long as it stands.
pub fn may_fetch(order: &Order, account: &str, now: Moment) -> Result<(), Refusal> {
    if order.proposed.by != account {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            "privacy.not_your_export",
            "只有提出的人能取这个文件",
        ));
    }
    let gone = || refuse("privacy.export_gone", "文件已经销毁").remedy("仍然需要的，请重新提出");
    match (order.stage, &order.made) {
        (Stage::Ready, Some(made)) if now < made.until => Ok(()),
        (Stage::Gone, None) => {
            let words = "内容和提出的时候不一样，没有做文件";
            Err(refuse("privacy.export_unmade", words).remedy("仍然需要的，请重新提出"))
        }
        (Stage::Ready | Stage::Gone, _) => Err(gone()),
        _ => Err(refuse("privacy.export_not_made", "文件还没有做好")),
    }
}

#[cfg(test)]
mod tests {
    use access::Proposed;
    use base::{Day, Id};

    use super::*;
    use crate::terms::{Made, Proposer};

    fn order(stage: Stage, behalf: Option<&str>) -> Order {
        let at = |day| Day::new(2026, 3, day).unwrap().start();
        Order {
            id: Id::mint(at(2)),
            wish: Wish::default(),
            agrees: String::new(),
            organ: String::new(),
            organ_name: String::new(),
            counted_rows: 1,
            counted_people: 1,
            proposed: Proposed {
                by: "a".into(),
                behalf: behalf.map(str::to_owned),
                ..Proposed::unsigned(at(2), Day::new(2026, 3, 17).unwrap())
            },
            from: Proposer::default(),
            answer: None,
            stage,
            rows_done: 0,
            people_done: 0,
            people: 0,
            made: Some(Made {
                file: Id::mint(at(2)),
                digest: String::new(),
                act: Id::mint(at(2)),
                at: at(2),
                until: at(9),
            }),
            gone_at: None,
        }
    }

    #[test]
    fn the_file_is_for_who_entered_the_order_and_for_so_many_days() {
        let at = |day| Day::new(2026, 3, day).unwrap().start();
        let verdict = |stage, account: &str, now| {
            may_fetch(&order(stage, Some("x")), account, now).err().map(|no| no.code)
        };
        assert_eq!(verdict(Stage::Ready, "a", at(8)), None);
        assert_eq!(verdict(Stage::Ready, "a", at(9)), Some("privacy.export_gone"));
        assert_eq!(verdict(Stage::Gone, "a", at(8)), Some("privacy.export_gone"));
        assert_eq!(verdict(Stage::Agreed, "a", at(8)), Some("privacy.export_not_made"));
        for other in ["b", "x", ""] {
            assert_eq!(verdict(Stage::Ready, other, at(8)), Some("privacy.not_your_export"));
        }
    }
}
