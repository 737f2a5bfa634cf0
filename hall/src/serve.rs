//! Serves the city until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use base::{Fault, Outcome};
use frame::Hall;
use tokio::net::TcpListener;

use crate::door;
use crate::log::witnesses::Witness;

/// A runtime for one command.
pub fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::while_doing("starting the runtime", error))
}

/// Serves `hall` at `listen` until the process is asked to end; then lets requests finish.
/// `ready` is told once the door is open.
pub async fn serve(
    hall: Arc<Hall>,
    witnesses: Vec<Witness>,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Outcome<()> {
    let listener =
        TcpListener::bind(listen).await.map_err(|error| crate::files::closed(listen, &error))?;
    let address = listener.local_addr().map_err(Fault::from)?;
    let app = frame::serve::router(&hall);
    tokio::spawn(frame::clockwork::run(hall.clone()));
    tokio::spawn(crate::log::kept::follow(hall.clone()));
    tokio::spawn(crate::log::witnesses::follow(hall.clone(), witnesses));
    let control = hall.clone();
    tokio::spawn(async move {
        if let Err(stop) = crate::control::listen(control).await {
            tracing::error!(fault = %stop, "the control socket is closed");
        }
    });
    ready(address);
    door::serve(listener, app, door::HEAD_MAX, door::LEAVE_MAX, told_to_stop()).await;
    let _ = std::fs::remove_file(hall.data.join("control.sock"));
    Ok(())
}

/// Comes when the process is asked to end.
pub async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
