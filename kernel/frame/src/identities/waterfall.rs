//! Why a pair weighs what it weighs, as a waterfall: drawn for the eye, and the same as a table for everybody.

use linkage::{Step, Why};
use maud::Markup;

use crate::parts::{Column, Row, Table, html};

/// Below this a comparison says nothing either way, in bits.
const SAYS_NOTHING: f64 = 0.05;
/// The drawing, in its own units: the labels, the room for bars, a line of it.
const LABELS: f64 = 92.0;
const WIDTH: f64 = 620.0;
const LINE: f64 = 28.0;
const BAR: f64 = 16.0;
/// Room for figures at either end.
const MARGIN: f64 = 54.0;

/// How likely it is that a pair of this weight is one, in per cent. Nothing is ever certain.
pub(super) fn likely(bits: f64) -> String {
    let probability = 1.0 / (1.0 + (-bits).exp2());
    let share = (probability * 1_000.0).round() / 10.0;
    match share {
        share if share >= 99.9 => "99.9% 以上".into(),
        share if share < 0.1 => "不到 0.1%".into(),
        share => format!("{share:.1}%"),
    }
}

/// What speaks for a pair, and what against it, without any value: 姓名（一致）. What contradicts each other speaks against.
pub(super) fn sides(why: &Why) -> (String, String) {
    let told = |wanted: &dyn Fn(usize, &Step) -> bool| {
        let steps = why.steps.iter().enumerate().filter(|(place, step)| wanted(*place, step));
        listed(steps.map(|(_, step)| step))
    };
    let within = |place: usize| why.conflict.contains(&place);
    let alike = told(&|place, step| step.bits > SAYS_NOTHING && !within(place));
    let unlike = told(&|place, step| step.bits < -SAYS_NOTHING && !within(place));
    match contradiction(why) {
        Some(words) if unlike == NOTHING => (alike, words),
        Some(words) => (alike, format!("{words}；{unlike}")),
        None => (alike, unlike),
    }
}

/// What contradicts each other in a pair, if anything does.
pub(super) fn contradiction(why: &Why) -> Option<String> {
    let steps = why.conflict.iter().filter_map(|place| why.steps.get(*place));
    (!why.conflict.is_empty()).then(|| format!("矛盾：{}", listed(steps)))
}

const NOTHING: &str = "没有";

fn listed<'w>(steps: impl Iterator<Item = &'w Step>) -> String {
    let words: Vec<String> = steps.map(|step| format!("{}（{}）", step.name, step.words)).collect();
    if words.is_empty() { NOTHING.to_owned() } else { words.join("、") }
}

fn signed(bits: f64) -> String {
    if bits > 0.0 { format!("+{bits:.1}") } else { format!("{bits:.1}").replace('-', "−") }
}

/// One line of the drawing.
struct Line<'w> {
    name: &'w str,
    from: f64,
    to: f64,
    /// A sum rather than a step.
    whole: bool,
}

/// The drawing and its table.
pub(super) fn waterfall(why: &Why) -> Markup {
    let mut lines = vec![Line { name: "比对以前", from: 0.0, to: why.prior, whole: true }];
    let mut sum = why.prior;
    for step in &why.steps {
        lines.push(Line { name: &step.name, from: sum, to: step.sum, whole: false });
        sum = step.sum;
    }
    lines.push(Line { name: "合计", from: 0.0, to: why.bits, whole: true });
    let ends = lines.iter().flat_map(|line| [line.from, line.to]).chain([why.link, 0.0]);
    let (least, most) =
        ends.fold((0.0f64, 0.0f64), |(least, most), end| (least.min(end), most.max(end)));
    let scale = (WIDTH - LABELS - 2.0 * MARGIN) / (most - least).max(1.0);
    let at = |bits: f64| LABELS + MARGIN + (bits - least) * scale;
    let height = LINE * (lines.len() as f64 + 1.0);
    html! {
        figure class="waterfall" {
            figcaption { "每一项比对把把握推向哪边。向右是支持，向左是反对；虚线以右，程序才自动合并。" }
            svg class="waterfall-drawing" viewBox={ "0 0 " (WIDTH) " " (height) } width="100%" aria-hidden="true" focusable="false" {
                line class="waterfall-axis" x1=(tenth(at(0.0))) x2=(tenth(at(0.0))) y1="0" y2=(tenth(height - LINE)) {}
                line class="waterfall-link" x1=(tenth(at(why.link))) x2=(tenth(at(why.link))) y1="0" y2=(tenth(height - LINE)) {}
                text class="waterfall-words" x=(tenth(at(why.link))) y=(tenth(height - 9.0)) text-anchor="middle" { "自动合并线" }
                @for (place, line) in lines.iter().enumerate() { (drawn(line, place, &at)) }
            }
            (table(why))
        }
    }
}

fn drawn(line: &Line<'_>, place: usize, at: &dyn Fn(f64) -> f64) -> Markup {
    let y = LINE * place as f64 + (LINE - BAR) / 2.0;
    let (left, right) = (at(line.from.min(line.to)), at(line.from.max(line.to)));
    let bits = line.to - line.from;
    let class = match (line.whole, bits >= 0.0) {
        (true, _) => "waterfall-sum",
        (false, true) => "waterfall-for",
        (false, false) => "waterfall-against",
    };
    let figure = if line.whole { signed(line.to) } else { signed(bits) };
    let behind = bits >= 0.0;
    let (x, anchor) = if behind { (right + 5.0, "start") } else { (left - 5.0, "end") };
    html! {
        text class="waterfall-words" x="0" y=(tenth(y + BAR - 3.0)) { (line.name) }
        rect class=(class) x=(tenth(left)) y=(tenth(y)) width=(tenth((right - left).max(1.0))) height=(BAR) rx="2" {}
        text class="waterfall-figure" x=(tenth(x)) y=(tenth(y + BAR - 3.0)) text-anchor=(anchor) { (figure) }
    }
}

fn tenth(value: f64) -> String {
    format!("{:.1}", value)
}

fn table(why: &Why) -> Markup {
    let row = |name: &str, words: &str, bits: String, sum: f64| {
        Row::new([html! { (name) }, html! { (words) }, html! { (bits) }, html! { (likely(sum)) }])
    };
    let begin = row("比对以前", "随便拿两条登记，是同一主体的可能", signed(why.prior), why.prior);
    let steps =
        why.steps.iter().map(|step| row(&step.name, &step.words, signed(step.bits), step.sum));
    let columns = [
        Column::new("比对项").narrow(),
        Column::new("比对结果"),
        Column::number("分量"),
        Column::number("到这里的把握"),
    ];
    let line = format!("到 {} 自动合并", likely(why.link));
    let foot = Row::new([
        html! { "合计" },
        html! { (line) },
        html! { (signed(why.bits)) },
        html! { (likely(why.bits)) },
    ]);
    html! {
        (Table::new("每一项比对的分量").stacked().columns(columns).row(begin).rows(steps).foot(foot))
        p class="hint" { "分量每多 1，是同一主体的可能就翻一倍；负数相反。少见的姓名一致，比常见的姓名一致分量重。" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, bits: f64, sum: f64) -> Step {
        Step { name: name.into(), words: "一致".into(), bits, sum }
    }

    #[test]
    fn what_speaks_for_and_against_is_told_apart() {
        let steps =
            vec![step("姓名", 9.0, -4.0), step("性别", 0.0, -4.0), step("电话", -2.0, -6.0)];
        let why = Why { prior: -13.0, link: 4.2, steps, bits: -6.0, conflict: Vec::new() };
        assert_eq!(sides(&why), ("姓名（一致）".to_owned(), "电话（一致）".to_owned()));
        let torn = Why { conflict: vec![0, 1], ..why.clone() };
        let against = "矛盾：姓名（一致）、性别（一致）；电话（一致）";
        assert_eq!(sides(&torn), ("没有".to_owned(), against.to_owned()));
        let drawn = waterfall(&why).into_string();
        assert!(drawn.contains("−13.0") && drawn.contains("+9.0") && drawn.contains("自动合并线"));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }

    #[test]
    fn nothing_is_certain() {
        assert_eq!(likely(40.0), "99.9% 以上");
        assert_eq!(likely(0.0), "50.0%");
        assert_eq!(likely(-40.0), "不到 0.1%");
    }
}
