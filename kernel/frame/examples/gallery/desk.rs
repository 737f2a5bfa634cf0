//! Pages of the workbench, and a wall screen.

use kernel_frame::parts::*;
use kernel_frame::shell::{DeskGroup, DeskItem, DeskView, User, desk};

use crate::Stage;
use crate::parts::{broken, entries, frozen, month, running, soon, stopped, unlawful};
use crate::site::{at, today};

const USER: User<'_> = User {
    name: "李敏",
    post: "受理岗 · 市市场监督管理局",
    links: &[("我的一天", "/desk/day"), ("我的账户", "/me")],
};

fn groups() -> Vec<DeskGroup<'static>> {
    let item = |title, path, icon, waiting| DeskItem { title, path, icon, waiting };
    vec![
        DeskGroup {
            title: "",
            items: vec![
                item("我的一天", "/desk/day", "calendar-check", None),
                item("待我办理", "/desk/mine", "inbox", Some(14)),
            ],
        },
        DeskGroup {
            title: "行政审批",
            items: vec![
                item("办件队列", "/desk/approvals", "list-checks", Some(128)),
                item("补正与暂停", "/desk/paused", "circle-pause", Some(23)),
                item("证照制作", "/desk/licences", "badge-check", None),
            ],
        },
        DeskGroup {
            title: "政务公开",
            items: vec![
                item("稿件", "/desk/articles", "newspaper", Some(3)),
                item("依申请公开", "/desk/requests", "file-search", Some(1)),
            ],
        },
        DeskGroup {
            title: "电子监察",
            items: vec![
                item("红黄牌", "/desk/watch", "flag", Some(6)),
                item("效能统计", "/desk/stats", "chart-column", None),
            ],
        },
        DeskGroup {
            title: "系统",
            items: vec![
                item("组织与岗位", "/desk/organs", "network", None),
                item("审计", "/desk/audit", "shield-check", None),
            ],
        },
    ]
}

fn framed(stage: &Stage, title: &str, target: &str, crumbs: &[Crumb], body: Markup) -> Markup {
    let groups = groups();
    let view = DeskView {
        prefs: stage.prefs,
        target,
        groups: &groups,
        crumbs,
        search: Some("/desk/search"),
        ..DeskView::new(&stage.city, title, USER)
    };
    desk(&view, body)
}

fn filters() -> Filters {
    let stages =
        vec![Choice::new("1", "待受理"), Choice::new("2", "审查中"), Choice::new("3", "待决定")];
    Filters::new(
        "/desk/approvals",
        [
            Filter::words("q", "办件号、申请人", ""),
            Filter::one("stage", "环节", "2", stages),
            Filter::one("item", "事项", "1", vec![Choice::new("1", "食品经营许可")]),
            Filter::day("from", "收件日期从", ""),
        ],
    )
    .keep("sort", "due")
}

pub fn queue(stage: &Stage) -> Markup {
    let faces = [unlawful(), broken(), soon(), running(), frozen(), running(), stopped()];
    let names = [
        "滨湖餐饮管理有限公司",
        "张晓梅",
        "鄂州市古楼粮油店",
        "欧阳·买买提江·吾守尔",
        "樊口便民超市",
        "李国强",
        "西山幼儿园",
    ];
    let rows = (0..21_usize).filter_map(|n| {
        let face = faces.get(n % faces.len())?;
        let name = names.get(n % names.len())?;
        let (tone, word) = match n % 7 {
            4 => (Tone::Paused, "等待补正"),
            6 => (Tone::Good, "已办结"),
            2 => (Tone::Plain, "待受理"),
            _ => (Tone::Active, "审查中"),
        };
        let row = Row::new([
            html! { "4207261124" (format!("{:06}", 318 + n)) },
            html! { "食品经营许可（新办）" },
            html! { (name) },
            html! { (tag(tone, word)) },
            html! { (clock_brief(face)) },
            html! { @if n % 3 == 0 { "李敏" } @else { span class="meta" { "未分派" } } },
            html! { (moment(at(-(n as i64), 9, 30))) },
        ])
        .href("/desk/approvals/1")
        .key(format!("{n}"));
        Some(if n == 1 { row.marked() } else { row })
    });
    let body = html! {
        (Heading::new("办件队列").side(html! {
            (link_button("导出 XLSX", "/desk/approvals.xlsx")) (link_button("保存这个视图", "/desk/views/new"))
        }))
        (tabs("视图", &[Tab::new("全部", "#", false).count(128), Tab::new("即将到期", "#", false).count(9), Tab::new("我的", "#", true).count(14), Tab::new("超时", "#", false).count(6)]))
        (filters())
        (post_form("/desk/approvals/assign", Some("t"), html! {
            (Table::new("办件").caption_hidden().chosen_as("case")
                .columns([
                    Column::new("办件号").narrow(), Column::new("事项").minor(), Column::new("申请人"),
                    Column::new("状态").narrow(), Column::new("时限").narrow().sort(Sort::Up, "?sort=-due"),
                    Column::new("承办人").narrow(), Column::new("收件时间").narrow().minor().sort(Sort::No, "?sort=received"),
                ]).rows(rows))
            (button_row(html! { (Button::secondary("把选中的分派给我").says("to", "me")) }))
        }))
        (Pager::new(Some("?after=1".into())).first(Some("?".into())).words("本页 21 件"))
    };
    framed(stage, "办件队列", "/desk/approvals?stage=2", &[], body)
}

pub fn case(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("食品经营许可（新办）").caption("办件号 4207261124000318").state(tag(Tone::Active, "审查中"))
            .side(html! { (link_button("打印", "#")) (link_button("上一件", "#")) (link_button("下一件", "#")) }))
        div class="columns" {
            div {
                (tabs("办件的各部分", &[Tab::new("申请", "#", true), Tab::new("材料", "#", false).count(4), Tab::new("经过", "#", false).count(3), Tab::new("交流", "#", false)]))
                section class="stack" {
                    h2 { "申请人" }
                    (summary_list(&[
                        SummaryRow::new("姓名", "张晓梅").note(source_note("人口基础信息", today())),
                        SummaryRow::of("身份证号码", masked("420704********2028")),
                        SummaryRow::of("联系电话", masked("138****2233")),
                    ]))
                }
                section class="stack" {
                    h2 { "经营场所" }
                    (summary_list(&[
                        SummaryRow::new("地址", "鄂城区滨湖南路 18 号 1 楼").note(html! { (tag(Tone::Good, "与不动产登记一致")) }),
                        SummaryRow::new("经营面积", "86.5 平方米"),
                        SummaryRow::new("经营项目", "热食类食品制售、自制饮品制售"),
                        SummaryRow::new("说明", ""),
                    ]))
                }
                section class="stack" { h2 { "经过" } (timeline(&entries(), today())) }
            }
            aside {
                (clock(&running()))
                section class="card" {
                    h2 { "现在可以" }
                    (post_form("/desk/approvals/1", Some("t"), html! {
                        (Button::new("准予许可").consequence("生成许可证，通知张晓梅。办件结束。"))
                        (Button::secondary("安排现场核查").consequence("最长 10 个工作日，不计入时限。").says("act", "visit"))
                        (Button::secondary("要求补正").consequence("时限暂停，到收到材料的那天接着算。").says("act", "fix"))
                        (Button::danger("不予许可张晓梅的申请").consequence("下一页写理由、看决定书，再确认。").says("act", "refuse"))
                    }))
                }
            }
        }
    };
    framed(
        stage,
        "食品经营许可（新办）",
        "/desk/approvals/1",
        &[Crumb::new("办件队列", "/desk/approvals")],
        body,
    )
}

pub fn day(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("我的一天").lead("11月24日 星期二。先办快到期的。"))
        (stats(&[
            Stat::new("待我办理", 14).unit("件").tone(Tone::Active).href("/desk/mine"),
            Stat::new("今天到期", 2).unit("件").tone(Tone::Soon).note("最早 11:30"),
            Stat::new("已经超时", 1).unit("件").tone(Tone::Late),
            Stat::new("今天办结", 9).unit("件").tone(Tone::Good).note("昨天 11 件"),
            Stat::new("平均用时", "2.8").unit("天"),
        ]))
        div class="columns" {
            div {
                section class="stack" { h2 { "收件趋势" } (month()) }
                (BarChart::new("待办按环节", "环节", "件", [
                    Bar::new("待受理", 42.0), Bar::new("审查中", 61.0), Bar::new("待决定", 12.0).tone(Tone::Soon), Bar::new("等待补正", 23.0).tone(Tone::Paused),
                ]))
            }
            aside {
                section class="card" { h2 { "刚刚发生" } (timeline(&entries(), today())) }
                (progress("本周培训", 3, 4))
            }
        }
    };
    framed(stage, "我的一天", "/desk/day", &[], body)
}

pub fn empty_queue(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("办件队列"))
        (filters())
        (Table::new("办件").columns([Column::new("办件号")])
            .empty(empty("没有符合条件的办件", html! { p { "放宽筛选条件，或者" a href="/desk/approvals" { "看全部办件" } "。" } })))
    };
    framed(stage, "办件队列", "/desk/approvals", &[], body)
}

pub fn board(stage: &Stage) -> Markup {
    kernel_frame::shell::board(
        &stage.city,
        "政务服务大屏",
        stage.prefs,
        html! {
            h1 { "今天的承诺守住了吗" }
            (stats(&[
                Stat::new("按承诺办结", "98.7").unit("%").tone(Tone::Good).note("今天 312 件"),
                Stat::new("即将到期", 9).unit("件").tone(Tone::Soon),
                Stat::new("已经超时", 3).unit("件").tone(Tone::Late).note("最久超 3 个工作日"),
            ]))
            (BarChart::new("超时最多的部门", "部门", "件", [
                Bar::new("住建局", 2.0).tone(Tone::Late),
                Bar::new("自然资源局", 1.0).tone(Tone::Late),
            ]))
        },
    )
}
