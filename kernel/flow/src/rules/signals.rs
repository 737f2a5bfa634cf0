//! What may be done to a signal, and in which order.

use base::{Refusal, RefusalKind};

use crate::terms::{SignalMove, SignalState};

/// Whether this may be done to a signal that stands so. A signal loses its effect only by
/// cancellation with a reason.
pub fn may_move(state: SignalState, to_do: &SignalMove) -> Result<SignalState, Refusal> {
    use SignalState::{Appealed, Raised, Seen, Upheld};
    let possible = match to_do {
        SignalMove::Seen => state == Raised,
        SignalMove::Appeal { .. } => matches!(state, Raised | Seen),
        SignalMove::Uphold { .. } => state == Appealed,
        SignalMove::Cancel { .. } => state.is_open(),
        SignalMove::Close { .. } => matches!(state, Raised | Seen | Upheld),
    };
    let to = to_do.to();
    if !possible {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "flow.signal_state",
            format!("这一监察信号现在是“{}”，不能改为“{}”", state.title(), to.title()),
        )
        .remedy("请刷新页面，查看最新的处理情况"));
    }
    if *to_do != SignalMove::Seen && to_do.words().trim().is_empty() {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "flow.signal_words",
            "监察信号的申辩、维持、撤销和办结都应当写明理由或者情况",
        )
        .field("words", "请写明理由或者情况"));
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_cancelled_only_with_a_reason_and_then_for_good() {
        let silent = SignalMove::Cancel { reason: " ".into() };
        let code = |result: Result<SignalState, Refusal>| result.map_err(|refusal| refusal.code);
        assert_eq!(code(may_move(SignalState::Raised, &silent)), Err("flow.signal_words"));
        let said = SignalMove::Cancel { reason: "系统时间有误".into() };
        assert_eq!(code(may_move(SignalState::Upheld, &said)), Ok(SignalState::Cancelled));
        assert_eq!(code(may_move(SignalState::Cancelled, &said)), Err("flow.signal_state"));
        let close = SignalMove::Close { words: "已整改".into() };
        assert_eq!(code(may_move(SignalState::Appealed, &close)), Err("flow.signal_state"));
    }
}
