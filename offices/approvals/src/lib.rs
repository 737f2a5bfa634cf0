//! The office `approvals`.
