//! What several pages show of a case: its timeline, what was applied for, its files.

use base::Day;
use flow::{CaseHead, Command, Event};
use frame::form::Form;
use frame::parts::{
    ClockFace, Entry, Markup, SummaryRow, Tone, clock, moment_said, size_said, summary_list, tag,
    timeline,
};
use maud::html;
use powers_contract::Material;
use serde_json::Value;
use vault::FileInfo;

use crate::acts::{self, Disputes, Seen, shown};
use crate::pages::paper::{Fetch, cancellation, fetched};
use crate::rules::is_public_step;
use crate::terms::Sources;
use crate::terms::window::{MANDATE_FILE, MANDATE_FILE_TITLE};

/// For whom a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Anyone with number and code.
    Public,
    /// The applicant, signed in.
    Applicant,
    /// Those who handle the case.
    Staff,
}

pub(crate) fn tone_of(case: &CaseHead, today: Day) -> Tone {
    match case.state.as_str() {
        "41" | "50" | "60" if case.ending != flow::Ending::Denied => Tone::Good,
        "21" | "22" | "42" | "71" | "80" | "60" => Tone::Plain,
        "70" => Tone::Plain,
        "32" => Tone::Paused,
        _ if case.due_law.is_some_and(|due| due < today) => Tone::Late,
        "13" => Tone::Soon,
        _ => Tone::Active,
    }
}

pub(crate) fn state_tag(case: &CaseHead, reader: Reader, today: Day) -> Markup {
    let words = match reader {
        Reader::Public | Reader::Applicant => &case.public_title,
        Reader::Staff => &case.state_title,
    };
    tag(tone_of(case, today), words)
}

/// What happened, newest first. The applicant is not shown the steps inside the office, nor the
/// names of those who handle the case: the organ answers for them.
pub(crate) fn history(seen: &Seen, reader: Reader, papers: Fetch<'_>, today: Day) -> Markup {
    let entries: Vec<Entry> = seen
        .events
        .iter()
        .rev()
        .filter(|event| reader == Reader::Staff || is_public_step(&event.command))
        .map(|event| {
            let entry = entry(seen, event, reader);
            match fetched(&seen.case, event, papers).filter(|_| event.erased.is_none()) {
                Some(paper) => entry.paper(paper),
                None => entry,
            }
        })
        .collect();
    let cancelled = seen.cancelled.iter().map(|one| {
        let entry = Entry::new(one.at, CANCELLED_TITLE)
            .who(&one.organ_name)
            .receipt(format!("/receipts/{}", one.act));
        if let Some(document) = &seen.case.erased {
            return entry.body(html! { p { (base::erased_words(document)) } });
        }
        let body = html! {
            p { "情形：" (one.cause) }
            p { "理由：" (one.reason) }
            p { "依据：" (one.ground) }
        };
        entry.body(body).paper(cancellation(&seen.case, papers))
    });
    let entries: Vec<Entry> = cancelled.chain(entries).collect();
    timeline(&entries, today)
}

/// What stands on a case whose permit was cancelled.
const CANCELLED_TITLE: &str = "许可已注销";

/// That the permit was cancelled, beside the state of its case.
pub(crate) fn cancelled_tag(is_cancelled: bool) -> Markup {
    html! { @if is_cancelled { " " (tag(Tone::Closed, CANCELLED_TITLE)) } }
}

fn entry(seen: &Seen, event: &Event, reader: Reader) -> Entry {
    let case = &seen.case;
    let at_window = seen.agent_at(event).map(|one| one.agent_name.as_str());
    let who = match reader {
        Reader::Staff => {
            let agent = at_window.map(|name| format!("；代理人{name}到窗口"));
            format!("{} · {}{}", event.name, event.post_said(), agent.unwrap_or_default())
        }
        Reader::Applicant if at_window.is_some() => {
            format!("代理人{}（窗口）", at_window.unwrap_or_default())
        }
        Reader::Public if at_window.is_some() => "代理人（窗口）".to_owned(),
        Reader::Applicant if by_agent(event) => format!("代理人{}", event.name),
        Reader::Public if by_agent(event) => "代理人".to_owned(),
        _ if matches!(event.command.as_str(), "submit" | "supplement" | "withdraw") => {
            "申请人".to_owned()
        }
        _ if event.organ.is_empty() => case.organ_name.clone(),
        _ => format!("{} · {}", case.organ_name, event.post),
    };
    let mut entry = Entry::new(event.at, Command::title_of(&event.command))
        .who(who)
        .receipt(format!("/receipts/{}", event.act));
    if let Some(document) = &event.erased {
        return entry.body(html! { p { (base::erased_words(document)) } });
    }
    if let Some(words) = words(&event.said) {
        entry = entry.body(words);
    }
    entry
}

/// Whether somebody did it for the applicant by a written mandate.
fn by_agent(event: &Event) -> bool {
    event.on_behalf.as_ref().is_some_and(|one| one.mandate.is_some())
}

/// What was said with a step: reasons, grounds, what is missing.
fn words(said: &Value) -> Option<Markup> {
    let text = |name: &str| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let list = |name: &str| -> Vec<&str> {
        let list = said.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).collect()
    };
    let (items, inspectors) = (list("items"), list("inspectors"));
    let lines: Vec<(&str, String)> = [
        ("理由", "reason"),
        ("依据", "ground"),
        ("意见", "opinion"),
        ("说明", "note"),
        ("结果", "result"),
        ("应向该机关申请", "other_organ"),
        ("证件", "certificate_name"),
        ("证件编号", "certificate_no"),
        ("送达凭证", "receipt"),
    ]
    .into_iter()
    .filter_map(|(title, name)| Some((title, text(name)?.to_owned())))
    .chain(days_and_manner(said))
    .collect();
    if items.is_empty() && lines.is_empty() && inspectors.is_empty() {
        return None;
    }
    Some(html! {
        @for (title, text) in lines { p { (title) "：" (text) } }
        @if !inspectors.is_empty() { p { "实地核查的人员：" (inspectors.join("、")) } }
        @if !items.is_empty() { ol { @for item in items { li { (item) } } } }
    })
}

/// The days that a step names, as people write them, and how something was handed over.
fn days_and_manner(said: &Value) -> impl Iterator<Item = (&'static str, String)> + '_ {
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let day = |name: &str| Some(text(name)?.parse::<Day>().ok()?.chinese());
    let manner = match text("manner") {
        Some("counter") => Some("窗口领取"),
        Some("post") => Some("邮寄"),
        Some("electronic") => Some("电子送达"),
        _ => None,
    };
    [
        ("预计结束", day("expected_end")),
        ("有效期至", day("valid_until")),
        ("送达方式", manner.map(str::to_owned)),
    ]
    .into_iter()
    .filter_map(|(title, words)| Some((title, words?)))
}

/// Both due dates and the article, as a bar.
pub(crate) fn clock_of(seen: &Seen, calendar: &::clock::Calendar, today: Day) -> Markup {
    let marks = flow::marks_of(&seen.events);
    let face: ClockFace = super::clock_face(&seen.case, &marks, calendar, today);
    clock(&face)
}

/// The head lines of a case.
pub(crate) fn head(seen: &Seen, today: Day) -> Markup {
    let case = &seen.case;
    let mut rows = vec![
        SummaryRow::of("办件编号", html! { span class="number" { (case.no) } }),
        SummaryRow::new("办理单位", &case.organ_name),
        SummaryRow::new("申请人", &case.applicant_name),
        SummaryRow::of("收到时间", moment_said(case.received_at, today)),
    ];
    rows.extend(case.erased.as_deref().map(|by| SummaryRow::new("内容", base::erased_words(by))));
    summary_list(&rows)
}

/// What was applied for, with the source of each fetched value. An item that is gone leaves only
/// the names of its fields.
pub(crate) fn answers(
    case: &CaseHead,
    form: Option<&Form>,
    values: &Value,
    sources: &Sources,
) -> Markup {
    if let Some(document) = &case.erased {
        return html! { p { (base::erased_words(document)) } };
    }
    if let Some(form) = form {
        return form.check_answers(values, &shown(sources, &Disputes::new()), None);
    }
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows: Vec<SummaryRow> = values
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| SummaryRow::new(name.clone(), said(value)))
        .collect();
    summary_list(&rows)
}

/// Under which name the files of a supplement stand: they answer a notice and no entry of the item's list.
const SUPPLEMENT: &str = "补正时提交的材料";

/// The files, each under the name of the material it was handed in for, and what the item demands and
/// nobody handed in. `shown` draws a file: a link for who may open it.
pub(crate) fn files(
    materials: &[Material],
    files: &[FileInfo],
    shown: impl Fn(&FileInfo) -> Markup,
) -> Markup {
    let uploads = || materials.iter().filter(|material| material.obtain == "upload");
    let list = |files: &[&FileInfo]| {
        html! {
            ul class="files" {
                @for file in files {
                    li { (shown(file)) " " span class="file-size" { (size_said(file.size)) } }
                }
            }
        }
    };
    let under = |label: &str| files.iter().filter(|file| file.label == label).collect::<Vec<_>>();
    let mut rows = Vec::new();
    for material in uploads() {
        let handed_in = under(&material.key);
        match (handed_in.is_empty(), material.required) {
            (false, _) => rows.push(SummaryRow::of(&material.name, list(&handed_in))),
            (true, true) => rows.push(SummaryRow::of(&material.name, missing())),
            (true, false) => {}
        }
    }
    let known = |file: &&FileInfo| uploads().any(|material| material.key == file.label);
    let supplement = |file: &&FileInfo| file.label == acts::SUPPLEMENT;
    let others: Vec<_> = files.iter().filter(|file| !known(file)).collect();
    let (answers, others): (Vec<&FileInfo>, Vec<_>) = others.into_iter().partition(supplement);
    let papers = |file: &&FileInfo| file.label == MANDATE_FILE;
    let (papers, others): (Vec<&FileInfo>, Vec<_>) = others.into_iter().partition(papers);
    let beside = [(MANDATE_FILE_TITLE, papers), (SUPPLEMENT, answers), ("其他材料", others)];
    for (name, files) in beside {
        if !files.is_empty() {
            rows.push(SummaryRow::of(name, list(&files)));
        }
    }
    html! {
        @if rows.is_empty() { p class="nothing" { "没有附件" } } @else { (summary_list(&rows)) }
    }
}

fn missing() -> Markup {
    tag(Tone::Soon, "必须提交，还没有上传")
}

/// A file's name as a link to it.
pub(crate) fn linked(href: &str, file: &FileInfo) -> Markup {
    if let Some(document) = &file.erased {
        return html! { (base::erased_words(document)) };
    }
    html! { a href={ (href) "/files/" (file.id) } { (file.name) } }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_timeline_says_days_in_chinese_and_how_it_was_delivered() {
        let shown = |said: Value| words(&said).expect("words").into_string();
        let paused = shown(json!({ "ground": "检测车辆", "expected_end": "2026-12-31" }));
        assert!(paused.contains("预计结束：2026年12月31日"), "{paused}");
        let issued = shown(json!({ "certificate_name": "证", "valid_until": "2031-03-01" }));
        assert!(issued.contains("有效期至：2031年3月1日"), "{issued}");
        let handed = shown(json!({ "manner": "post", "receipt": "邮单" }));
        assert!(handed.contains("送达方式：邮寄"), "{handed}");
    }
}
