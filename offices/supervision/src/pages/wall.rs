//! The wall screen answers one question: is anything late, and where.

use base::{Day, Moment, mask};
use clock::Calendar;
use flow::{CaseHead, ClockMark, OrganCounts, Scope, SignalCounts};
use frame::page;
use frame::parts::{Column, Heading, NoticeKind, Row, Table, notice};
use frame::{Cx, Reply};
use maud::{Markup, html};

use super::{city_stats, face};
use crate::rules::{SOON_WORKING_DAYS, total};

/// Rows that can be read at six metres.
const WORST: i64 = 6;
/// The screen fetches itself anew so often.
const REFRESH_SECONDS: u32 = 30;

/// A case, and what happened to its clocks.
type Clocked = (CaseHead, Vec<ClockMark>);

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
            let cases = flow::queue(reader, &near, None, WORST)?.rows;
            let mut marks = flow::marks_of_cases(reader, &cases)?;
            let worst = cases.into_iter().map(|case| {
                let marks = marks.remove(&case.id).unwrap_or_default();
                (case, marks)
            });
            Ok((counts, signals, worst.collect::<Vec<Clocked>>()))
        })
        .await?;
    let body = screen(&cx.hall().city.name, &counts, signals, &worst, cx.now(), &calendar);
    Ok(page::board(&cx, "电子监察", REFRESH_SECONDS, body))
}

/// What stands on it.
fn screen(
    city: &str,
    counts: &[OrganCounts],
    signals: SignalCounts,
    worst: &[Clocked],
    now: Moment,
    calendar: &Calendar,
) -> Markup {
    let (all, today) = (total(counts), now.day());
    let late = all.over_law + all.over_promised;
    let title =
        if late > 0 { format!("{late} 件超期") } else { "没有超期的办件".to_owned() };
    let (hour, minute) = now.hour_minute();
    let as_of = format!("{} {}，{hour:02}:{minute:02} 更新", today.chinese(), today.weekday_name());
    html! {
        (Heading::new(&title).caption("电子监察").side(html! { p class="board-as-of" { (as_of) } }))
        (city_stats(&all, counts.len(), signals))
        @if worst.is_empty() {
            (notice(NoticeKind::Success, "三个工作日内没有到期的办件", html! {}))
        } @else {
            (worst_table(city, worst, today, calendar))
        }
    }
}

/// On a screen of the city everyone knows which city it is: 鄂州市民政局 is 民政局 there.
fn short_name<'n>(organ: &'n str, city: &str) -> &'n str {
    organ.strip_prefix(city).filter(|rest| !rest.is_empty()).unwrap_or(organ)
}

/// Whoever walks past may read it: no name stands here in full, and no case number at all.
fn worst_table(city: &str, cases: &[Clocked], today: Day, calendar: &Calendar) -> Table {
    let row = |(case, marks): &Clocked| -> [Markup; 4] {
        [
            face::brief(case, marks, today, calendar),
            html! { (case.item_name) },
            html! { (mask::name(&case.applicant_name)) },
            html! { (short_name(&case.organ_name, city)) },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::case;

    #[test]
    fn the_screen_counts_what_is_late_and_names_nobody_in_full() {
        let late = CaseHead { applicant_name: "欧阳小明".into(), ..case() };
        let counts = [
            OrganCounts { open: 9, ..OrganCounts::default() },
            OrganCounts { open: 3, over_law: 1, over_promised: 2, ..OrganCounts::default() },
        ];
        let now = "2026-12-01".parse::<Day>().expect("a day").start();
        let signals = SignalCounts { red: 1, ..SignalCounts::default() };
        let worst = [(late.clone(), Vec::new())];
        let shown = screen("鄂州市", &counts, signals, &worst, now, &Calendar::china());
        let shown = shown.into_string();
        assert!(shown.contains("3 件超期") && shown.contains("红牌 1 张"));
        assert!(!shown.contains("欧阳小明") && !shown.contains(&late.no));
        assert!(shown.contains("市场监督管理局") && !shown.contains("鄂州市市场监督管理局"));
    }
}
