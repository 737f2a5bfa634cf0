//! What the parts look like as markup, and that no text of a stranger ever becomes markup.

use base::{Day, FieldError};
use proptest::prelude::*;

use super::*;

fn today() -> Day {
    Day::new(2026, 11, 24).expect("a day")
}

/// One element a line, so that a change is seen where it is.
fn lines(markup: Markup) -> String {
    markup.into_string().replace("><", ">\n<")
}

#[test]
fn a_table_that_can_be_sorted_chosen_from_and_opened() {
    let table = Table::new("办件")
        .chosen_as("case")
        .columns([
            Column::new("办件号").narrow(),
            Column::new("时限").sort(Sort::Up, "?sort=-due"),
            Column::number("金额").minor(),
        ])
        .row(
            Row::new([html! { "42" }, html! { "今天" }, html! { "7" }])
                .href("/desk/42")
                .key("42")
                .marked(),
        )
        .foot(Row::new([html! { "合计" }, html! {}, html! { "7" }]));
    insta::assert_snapshot!(lines(table.render()));
}

#[test]
fn a_table_without_rows_says_what_to_do() {
    let empty = empty("没有等您办理的办件", html! { a href="/desk" { "看全部办件" } });
    let table = Table::new("办件").columns([Column::new("办件号")]).empty(empty);
    insta::assert_snapshot!(lines(table.render()));
}

#[test]
fn errors_lead_to_their_fields() {
    let wrong = FieldError { field: "name".into(), message: "请填写姓名".into() };
    let field = Field::text("name", "姓名").hint("与身份证一致").error(Some(wrong.message.clone()));
    let page = html! { (error_summary(&[wrong])) (field) };
    insta::assert_snapshot!(lines(page));
    assert!(error_summary(&[]).into_string().is_empty());
}

#[test]
fn a_button_says_what_follows() {
    let button =
        Button::danger("不予受理张三的申请").says("act", "refuse").consequence("需要说明理由。");
    insta::assert_snapshot!(lines(post_form("/desk/42", Some("t"), html! { (button) })));
}

#[test]
fn a_slip_names_the_day_of_the_answer() {
    let slip =
        Slip::new("网上提交回执", "42", "市市场监督管理局", today().start().plus_seconds(34_200))
            .due(today().plus(9), "行政许可法第三十二条")
            .row("申请人", "张三")
            .next("我们核对材料。")
            .check("随时查询。", "/cases");
    insta::assert_snapshot!(lines(slip.render()));
}

#[test]
fn a_timeline_leads_to_receipts() {
    let entry = Entry::new(today().start().plus_seconds(34_200), "受理")
        .who("李敏 · 受理岗")
        .tone(Tone::Good)
        .basis("行政许可法第三十二条")
        .receipt("/receipts/1");
    insta::assert_snapshot!(lines(timeline(&[entry], today())));
}

#[test]
fn filters_can_be_taken_away_one_by_one() {
    let filters = Filters::new(
        "/desk/cases",
        [
            Filter::words("q", "申请人", "张 三&李四"),
            Filter::one("stage", "环节", "1", vec![Choice::new("1", "审查")]),
        ],
    )
    .keep("sort", "due");
    let markup = filters.render().into_string();
    assert!(markup.contains("href=\"/desk/cases?sort=due&amp;stage=1\""), "{markup}");
    assert!(markup.contains("环节：审查"));
}

#[test]
fn pages_leave_out_what_is_far_away() {
    let markup = pages(5, 12, |page| format!("?page={page}")).into_string();
    let shown: Vec<usize> =
        (1..=12).filter(|page| markup.contains(&format!("\"?page={page}\""))).collect();
    assert_eq!(shown, [1, 4, 5, 6, 12]);
    assert_eq!(markup.matches('…').count(), 2);
    assert!(pages(1, 1, |_| String::new()).into_string().is_empty());
}

proptest! {
    #[test]
    fn no_text_of_a_stranger_becomes_markup(text in "\\PC{0,12}") {
        let evil = format!("{text}\"><script>x</script>");
        let wrong = FieldError { field: evil.clone(), message: evil.clone() };
        let page = html! {
            (Heading::new(&evil).caption(&evil).lead(&evil))
            (error_summary(&[wrong]))
            (Field::text("a", &evil).value(&evil).hint(&evil).error(Some(evil.clone())))
            (Field::area("b", &evil, 3).value(&evil))
            (Field::select("c", &evil, vec![Choice::new(&evil, &evil)]).value(&evil))
            (Button::new(&evil).says("act", &evil).consequence(&evil))
            (Table::new(&evil).stacked().columns([Column::new(&evil)]).row(Row::new([html! { (evil) }]).href(&evil)))
            (Filters::new("/", [Filter::words("q", &evil, &evil)]))
            (tag(Tone::Good, &evil)) (notice(NoticeKind::Info, &evil, html! {}))
            (summary_list(&[SummaryRow::new(&evil, &evil).change(&evil)]))
            (timeline(&[Entry::new(today().start(), &evil).who(&evil).receipt(&evil)], today()))
            (BarChart::new(&evil, &evil, &evil, [Bar::new(&evil, 1.0)]))
        };
        prop_assert!(!page.into_string().contains("<script"));
    }
}
