//! The nouns: a service item with all its fields and their sources, the file it comes in, the code
//! tables, the permission to publish.

mod codes;
mod file;
mod item;
mod json;
pub mod shipped;
mod source;
mod theme;

pub use codes::Codes;
pub use file::{Brought, ItemsFile, Laws, is_slug, slug_of};
pub use item::{
    Clock, Extra, Faq, Fee, Field, Fields, Grace, Item, Kind, Material, Obtain, Sample, State, Step,
};
pub use json::{BadJson, read_json};
pub use source::{BadSource, Reference, Source, chinese_number};
pub use theme::{Theme, ThemeChanges, ThemeKind};

use access::{Permission, Reach};

/// Publishing a version of an item.
pub static PUBLISH: Permission = Permission {
    name: "powers.publish",
    about: "发布政务服务事项",
    roles: &[("reviewer", Reach::City)],
};

/// A version of an item in the library; names its row.
pub struct Version;
