//! The wall screen answers one question: is anything late, and where.

use base::{Day, Moment, mask};
use clock::Calendar;
use flow::{CaseHead, OrganCounts, Scope, SignalCounts};
use frame::page;
use frame::parts::{Column, Heading, NoticeKind, Row, Stat, Table, Tone, notice, stats};
use frame::{Cx, Reply};
use maud::{Markup, html};

use super::face;
use crate::rules::{SOON_WORKING_DAYS, total, worst_first};

/// Rows that can be read at six metres.
const WORST: i64 = 6;
/// The screen fetches itself anew so often.
const REFRESH_SECONDS: u32 = 30;

/// The screen.
pub(crate) async fn board(cx: Cx) -> Reply {
    let scope = Scope::of(cx.permit()?);
    let (today, calendar) = (cx.now().day(), cx.hall().calendar.clone());
    let soon = calendar.add_working_days(today, SOON_WORKING_DAYS);
    let (counts, signals, worst) = cx
        .read(move |reader| {
            let counts = flow::counts_by_organ(reader, &scope, today, soon)?;
            let signals = flow::signal_counts(reader, &scope)?;
            let near = Scope { due_through: Some(soon), ..scope.clone() };
            Ok((counts, signals, flow::queue(reader, &near, None, WORST)?.rows))
        })
        .await?;
    let body = screen(counts, signals, &worst, cx.now(), &calendar);
    Ok(page::board(&cx, "电子监察", REFRESH_SECONDS, body))
}

/// What stands on it.
fn screen(
    mut counts: Vec<OrganCounts>,
    signals: SignalCounts,
    worst: &[CaseHead],
    now: Moment,
    calendar: &Calendar,
) -> Markup {
    worst_first(&mut counts);
    let (all, today) = (total(&counts), now.day());
    let late = all.over_law + all.over_promised;
    let title =
        if late > 0 { format!("{late} 件超期") } else { "没有超期的办件".to_owned() };
    let (hour, minute) = now.hour_minute();
    let as_of = format!("{} {}，{hour:02}:{minute:02} 更新", today.chinese(), today.weekday_name());
    html! {
        (Heading::new(&title).caption("电子监察").side(html! { p class="board-as-of" { (as_of) } }))
        (stats(&[
            Stat::new("在办", all.open).unit("件"),
            Stat::new("超过法定期限", all.over_law).unit("件").tone(tone(all.over_law, Tone::Late)),
            Stat::new("超过承诺期限", all.over_promised).unit("件").tone(tone(all.over_promised, Tone::Late)),
            Stat::new("三个工作日内到期", all.soon).unit("件").tone(tone(all.soon, Tone::Soon)),
            Stat::new("红牌", signals.red).unit("张").tone(tone(signals.red, Tone::Late)),
            Stat::new("黄牌", signals.yellow).unit("张").tone(tone(signals.yellow, Tone::Soon)),
        ]))
        @if worst.is_empty() {
            (notice(NoticeKind::Success, "三个工作日内没有到期的办件", html! {}))
        } @else {
            (worst_table(worst, today, calendar))
        }
        (organ_table(&counts))
    }
}

fn tone(count: i64, tone: Tone) -> Tone {
    if count > 0 { tone } else { Tone::Good }
}

/// Whoever walks past may read it: no name stands here in full, and no case number at all.
fn worst_table(cases: &[CaseHead], today: Day, calendar: &Calendar) -> Table {
    let row = |case: &CaseHead| -> [Markup; 4] {
        [
            face::brief(case, today, calendar),
            html! { (case.item_name) },
            html! { (mask::name(&case.applicant_name)) },
            html! { (case.organ_name) },
        ]
    };
    Table::new("最紧的办件")
        .columns([
            Column::new("期限"),
            Column::new("事项"),
            Column::new("申请人").narrow(),
            Column::new("部门"),
        ])
        .rows(cases.iter().map(|case| Row::new(row(case))))
}

fn organ_table(counts: &[OrganCounts]) -> Markup {
    let rows = counts.iter().take(usize::try_from(WORST).unwrap_or(0)).map(|one| {
        Row::new([
            html! { (one.organ_name) },
            html! { (one.over_law) },
            html! { (one.over_promised) },
            html! { (one.soon) },
            html! { (one.open) },
        ])
    });
    html! {
        (Table::new("最需要关注的部门").columns([
            Column::new("部门"),
            Column::number("超法定"),
            Column::number("超承诺"),
            Column::number("三日内到期"),
            Column::number("在办"),
        ]).rows(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::case;

    #[test]
    fn the_screen_counts_what_is_late_and_names_nobody_in_full() {
        let late = CaseHead { applicant_name: "欧阳小明".into(), ..case() };
        let counts = vec![
            OrganCounts {
                organ: "a".into(),
                organ_name: "甲局".into(),
                open: 9,
                ..OrganCounts::default()
            },
            OrganCounts {
                organ: "b".into(),
                organ_name: "乙局".into(),
                open: 3,
                over_law: 1,
                over_promised: 2,
                ..OrganCounts::default()
            },
        ];
        let now = "2026-12-01".parse::<Day>().expect("a day").start();
        let shown =
            screen(counts, SignalCounts::default(), &[late.clone()], now, &Calendar::china());
        let shown = shown.into_string();
        assert!(shown.contains("3 件超期"));
        assert!(!shown.contains("欧阳小明") && !shown.contains(&late.no));
        assert!(shown.find("乙局") < shown.find("甲局"));
    }
}
