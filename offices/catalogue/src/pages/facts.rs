//! What a resource says, as its pages show it: metadata, items, how fresh it is.

use access::Organ;
use base::{Day, Outcome};
use frame::parts::{
    Column, Row, SummaryRow, Table, Tone, day, empty, moment_said, section, summary_list, tag,
};
use maud::{Markup, html};

use crate::acts;
use crate::rules::{self, Freshness, Kinds};
use crate::store::{Arrival, Head};
use crate::terms::{Classes, Cycle, Place, Resource, Share};

/// Where a resource stands, in words: 基础信息资源 › 人口信息 › 婚姻.
pub(super) fn place(place: &Place, classes: &Classes) -> String {
    let mut words: Vec<&str> = Vec::new();
    if let Some((class, subject)) = classes.of(place) {
        words.extend([class.name.as_str(), subject.name.as_str()]);
    }
    words.extend([place.heading_name.as_str(), place.detail_name.as_str()]);
    words.retain(|word| !word.is_empty());
    words.join(" › ")
}

/// The metadata of a resource.
pub(super) fn metadata(
    head: &Head,
    resource: &Resource,
    provider: Option<&Organ>,
) -> Outcome<Markup> {
    let classes = acts::classes()?;
    let format = match resource.format_words.as_str() {
        "" => resource.format.word().to_owned(),
        words => format!("{}（{words}）", resource.format.word()),
    };
    let mut facts = vec![
        SummaryRow::of("资源代码", html! { span class="number" { (head.code) } }),
        SummaryRow::new("提供部门", &head.provider_name),
        SummaryRow::new("分类", place(&resource.place, &classes)),
        SummaryRow::new("格式", format),
        SummaryRow::of("共享类型", shared(resource)),
    ];
    // 信息资源提供方代码 of the guide.
    if let Some(code) = provider.and_then(|organ| organ.credit_code.as_deref()) {
        facts.insert(2, SummaryRow::of("提供方代码", html! { span class="number" { (code) } }));
    }
    if !resource.share_condition.is_empty() {
        facts.push(SummaryRow::new("共享条件", &resource.share_condition));
    }
    if !resource.share_ground.is_empty() {
        facts.push(SummaryRow::new("依据", &resource.share_ground));
    }
    facts.push(SummaryRow::new("共享方式", resource.manner.word()));
    let open = match (resource.open, resource.open_condition.as_str()) {
        (false, _) => "不向社会开放".to_owned(),
        (true, "") => "向社会开放".to_owned(),
        (true, condition) => format!("向社会开放；{condition}"),
    };
    facts.push(SummaryRow::new("开放", open));
    facts.push(SummaryRow::new("更新周期", resource.cycle_said()));
    if let Some(at) = head.published_at {
        facts.push(SummaryRow::of("首次发布", day(at.day())));
    }
    if !resource.related.is_empty() {
        let links = resource.related.iter().map(|code| {
            html! { a href={ "/data/" (crate::terms::key_of(code)) } { (code) } " " }
        });
        facts.push(SummaryRow::of("关联资源", html! { @for link in links { (link) } }));
    }
    Ok(summary_list(&facts))
}

fn shared(resource: &Resource) -> Markup {
    let tone = match resource.share {
        Share::Unconditional => Tone::Good,
        Share::Conditional => Tone::Active,
        Share::Refused => Tone::Closed,
    };
    tag(tone, resource.share.word())
}

/// The items of a resource; who may dispute a value finds the way at each.
pub(super) fn items(head: &Head, resource: &Resource) -> Markup {
    let rows = resource.items.iter().map(|item| {
        let length = if item.length == 0 { String::new() } else { item.length.to_string() };
        let marks = [(item.key, "主键"), (item.required, "必填"), (item.sensitive, "敏感")];
        let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
        Row::new([
            html! { (item.name) br; code class="meta" { (item.code) } },
            html! { (item.kind.word()) },
            html! { (length) },
            html! { (marks.join("、")) },
            html! { (item.codes) },
            html! { a href={ (catalogue_contract::DISPUTE) "?resource=" (head.key) "&item=" (item.code) } {
                "有误" span class="visually-hidden" { "：" (item.name) }
            } },
        ])
    });
    let table = Table::new("信息项一览").caption_hidden().columns([
        Column::new("名称"),
        Column::new("类型").narrow(),
        Column::number("长度"),
        Column::new("标记").narrow(),
        Column::new("代码表").minor(),
        Column::new("异议").narrow(),
    ]);
    let nothing = empty("没有信息项", html! {});
    section("items", "信息项", html! { (table.rows(rows).empty(nothing).stacked()) })
}

/// Of what consent to a resource will let others ask: the register and the kind of question, the field and the meaning of each
/// item. Whoever publishes looks at them, for they become the terms. Words come first, the codes of programs beside them.
pub(super) fn asked_by(resource: &Resource, kinds: &Kinds) -> Markup {
    let coded = |title: &str, code: &str| html! { (title) " " code class="meta" { (code) } };
    let register = match (resource.register.as_str(), kinds.register_title(&resource.register)) {
        ("", _) => html! { "不在本平台的库里" },
        (code, title) => coded(title.unwrap_or("别处的库"), code),
    };
    let question = match (resource.question.as_str(), kinds.kind_title(&resource.question)) {
        ("", _) => html! { "由导入的数据答复" },
        (code, Some(title)) => coded(title, code),
        (code, None) => coded("由提供部门的网关答复", code),
    };
    let facts =
        summary_list(&[SummaryRow::of("数据在哪里", register), SummaryRow::of("怎样查", question)]);
    let rows = resource.items.iter().map(|item| {
        let guarded = match (item.concept.as_str(), resource.share) {
            ("", _) => html! { "没有写" },
            (code, Share::Refused) => coded("写了，但不共享", code),
            (code, _) => coded("写了，表单不能再向群众要", code),
        };
        Row::new([html! { (item.name) }, html! { code class="meta" { (item.field()) } }, guarded])
    });
    let table = Table::new("信息项的字段和含义").caption_hidden().columns([
        Column::new("信息项"),
        Column::new("程序里的字段").narrow(),
        Column::new("统一的含义"),
    ]);
    section("asked-by", "怎么查询", html! { (facts) (table.rows(rows).stacked()) })
}

/// What was declared beside what was observed.
pub(super) fn fresh(
    head: &Head,
    resource: &Resource,
    last: Option<&Arrival>,
    today: Day,
) -> Markup {
    let published = head.published_at.map(|at| at.day());
    let observed = !resource.register.is_empty() || last.is_some();
    let verdict = match observed {
        true => rules::freshness(resource.cycle, published, last.map(|one| one.at.day()), today),
        false => Freshness::Unknown,
    };
    let tone = match verdict {
        Freshness::OnTime => Tone::Good,
        Freshness::Late(_) | Freshness::Never => Tone::Late,
        Freshness::Noted | Freshness::Unknown => Tone::Plain,
    };
    let mut facts = vec![
        SummaryRow::new("声明的更新周期", resource.cycle_said()),
        SummaryRow::of("实际更新", tag(tone, &verdict.words())),
    ];
    if let Some(last) = last.filter(|_| observed) {
        facts.push(SummaryRow::of("最近一次到达", moment_said(last.at, today)));
        facts.push(SummaryRow::new("最近一次的行数", last.rows.to_string()));
    }
    let note = match (observed, resource.cycle) {
        (false, _) => "这个资源的数据没有在本平台导入过，没有监测它的到达。",
        (true, Cycle::Irregular | Cycle::Own) => "没有固定的周期，只记下到达，不判断迟到。",
        _ => "按每次到达的时间自动判断，不由人填写。",
    };
    let body = html! { (summary_list(&facts)) p class="meta" { (note) } };
    section("fresh", "更新是否及时", body)
}
