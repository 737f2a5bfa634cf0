//! What goes over the wire in a form that others have set: signed tokens, what another identity platform is asked, and what
//! authorities say of their certificates.

pub(crate) mod jose;
pub(crate) mod provider;
pub(crate) mod revocation;
