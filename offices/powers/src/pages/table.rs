//! Every field of GB/T 39046—2020 table 4, each with its source.

use frame::parts::{Column, Render, Row, Table, html};
use maud::Markup;

use super::sourced;
use crate::terms::{Codes, Field, Item, Material};

/// The fields of the item, then nine fields for each material.
pub(super) fn table_four(item: &Item, codes: &Codes) -> Markup {
    let fields = codes.fields().iter().enumerate().filter_map(|(place, (key, title))| {
        let field = item.field(key)?;
        Some(Row::new([
            html! { (place + 1) },
            html! { (title) },
            value(key, field, codes),
            sourced(&field.src, codes),
        ]))
    });
    let columns = || {
        [
            Column::number("序号"),
            Column::new("数据项").narrow(),
            Column::new("内容"),
            Column::new("出处"),
        ]
    };
    html! {
        (Table::new("事项").columns(columns()).rows(fields).row(questions(item)).stacked().render())
        @for material in &item.materials {
            (Table::new(format!("材料：{}", material.name))
                .columns(columns()).rows(material_rows(material, codes)).stacked().render())
        }
    }
}

fn questions(item: &Item) -> Row {
    Row::new([
        html! { "50" },
        html! { "常见问题" },
        html! { (item.faqs.len()) " 条，见上文" },
        html! {},
    ])
}

fn value(key: &str, field: &Field, codes: &Codes) -> Markup {
    let lines = codes.said(key, &field.value);
    html! {
        @if lines.iter().all(String::is_empty) { span class="nothing" { "无" } }
        @for line in lines.iter().filter(|line| !line.is_empty()) { p { (line) } }
        @if let Some(note) = &field.note { p class="hint" { (note) } }
    }
}

fn material_rows<'m>(
    material: &'m Material,
    codes: &'m Codes,
) -> impl Iterator<Item = Row> + use<'m> {
    let rows = [
        (51, "材料名称", material.name.clone()),
        (52, "出具机构", material.issuer.clone()),
        (53, "出具时间要求", material.issuer_time.clone()),
        (54, "办理说明", material.how_to.clone()),
        (55, "办理地点", material.place.clone()),
        (56, "使用说明", material.purpose.clone()),
        (57, "原件份数", material.originals.to_string()),
        (58, "复印件份数", material.copies.to_string()),
        (59, "是否必备", if material.required { "是" } else { "否" }.to_owned()),
    ];
    rows.into_iter().map(move |(place, title, words)| {
        Row::new([
            html! { (place) },
            html! { (title) },
            html! { (words) },
            sourced(&material.src, codes),
        ])
    })
}
