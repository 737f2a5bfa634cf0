//! What goes over the wire in a form that others have set: signed tokens.

pub(crate) mod jose;
