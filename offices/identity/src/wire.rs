//! What goes over the wire in a form that others have set: signed tokens, and what another identity platform is asked.

pub(crate) mod jose;
pub(crate) mod provider;
