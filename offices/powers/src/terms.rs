//! The nouns: a service item with all its fields and their sources, the code tables, the
//! permission to publish.

mod codes;
mod item;
pub mod shipped;
mod source;

pub use codes::{Codes, Event, Law, Library, Theme};
pub use item::{
    Clock, Extra, Faq, Fee, Field, Fields, Grace, Item, Kind, Material, Obtain, Sample, State, Step,
};
pub use source::{BadSource, Reference, Source, chinese_number};

use access::{Permission, Reach};

/// Publishing a version of an item.
pub static PUBLISH: Permission = Permission {
    name: "powers.publish",
    about: "发布政务服务事项",
    roles: &[("reviewer", Reach::City)],
};

/// A version of an item in the library; names its row.
pub struct Version;
