//! The list of offices: the one place that names them all.

use frame::Office;

/// The offices of this program, in the order of the workbench's menu.
pub static OFFICES: &[&Office] = &[
    &crate::site::OFFICE,
    &identity::OFFICE,
    &portal::OFFICE,
    &powers::OFFICE,
    &approvals::OFFICE,
    &supervision::OFFICE,
    &population::OFFICE,
    &entities::OFFICE,
    &catalogue::OFFICE,
    &watches::OFFICE,
    &audit::OFFICE,
    &certificates::OFFICE,
    &exchange::OFFICE,
    &privacy::OFFICE,
];
