//! The pieces that pages are made of. They take plain data and give markup; none of them knows a
//! request or the database. What has many options is a builder that maud renders as it stands:
//! `(parts::Button::new("提交申请").consequence("提交后不能再改"))`.

mod as_of;
mod button;
mod chart;
mod clockface;
mod date;
mod field;
mod filter;
mod heading;
mod list;
mod notice;
mod pager;
mod paper;
mod proposed;
mod slip;
mod stat;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod to_sign;

pub use as_of::AsOf;
pub use button::{
    Button, ButtonKind, button_row, hidden, link_button, post_form, start_button, upload_form,
};
pub use chart::{Bar, BarChart, TrendChart};
pub use clockface::{ClockFace, clock, clock_brief};
pub use date::{day, day_said, due_said, moment, moment_said, working_days};
pub use field::{Choice, Field, FileLimits, Width, field_id, size_said, suggestions};
pub use filter::{Filter, Filters, SearchField};
pub use heading::{Crumb, Heading, breadcrumbs};
pub use list::{SummaryRow, Tab, Task, steps, summary_list, tabs, task_list};
pub use notice::{NoticeKind, banner, empty, error_summary, notice};
pub use pager::{Pager, pages};
pub use paper::Paper;
pub use proposed::{Answer, proposed_by, proposed_rows, proposed_state, take_back};
pub use slip::Slip;
pub use stat::{Stat, progress, stats};
pub use state::{Tone, count, tag};
pub use table::{Column, Row, Sort, Table};
pub use text::{
    details, icon, inset, lead, legal_basis, masked, paragraphs, section, source_note,
    visually_hidden,
};
pub use timeline::{Entry, timeline};
pub use to_sign::ToSign;

pub use maud::{Markup, PreEscaped, Render, html};
