//! Listens, serves, and stops.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use parlor_matchmaker::Matchmaker;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::cors;
use crate::error::ServerError;
use crate::http::{Front, router};
use crate::settings::ServerSettings;

/// Bytes of the head of a request; a longer one is answered with 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long to wait when no connection can be taken in, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// A host's front, bound to its address. It serves nobody before [`Server::serve`].
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    front: Arc<Front>,
}

impl Server {
    /// Takes the address. Clients that connect from now on wait until [`Server::serve`].
    ///
    /// # Errors
    /// The address cannot be had; the error says why and what to do.
    pub async fn bind(settings: ServerSettings, matchmaker: Arc<Matchmaker>) -> Result<Self, ServerError> {
        let wanted = settings.listen;
        let of_listening = |source| ServerError::of_listening(wanted, source);
        let listener = TcpListener::bind(wanted).await.map_err(of_listening)?;
        let address = listener.local_addr().map_err(of_listening)?;
        Ok(Self {
            listener,
            address,
            front: Arc::new(Front::new(settings, matchmaker)),
        })
    }

    /// The address that clients reach; its port is the real one where the settings say 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` resolves. Then nobody gets in any more (503, 4001, 4003), and the rooms have
    /// [`ServerSettings::shutdown_grace`] to come to their end; their hooks are waited for. Last it stops listening, closes
    /// the connections that their rooms have not closed (with 4001), lets requests end, and returns when all
    /// have ended: after at most two [`ServerSettings::close_grace`] and one [`ServerSettings::ping_interval`].
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, front, .. } = self;
        let router = router(Arc::clone(&front));
        let serve = |(stream, peer)| {
            tokio::spawn(serve_connection(stream, peer, router.clone(), Arc::clone(&front)));
        };
        let rooms_end = async {
            shutdown.await;
            front.matchmaker.shut_down(front.settings.shutdown_grace).await;
        };
        let mut rooms_end = pin!(rooms_end);
        loop {
            tokio::select! {
                () = &mut rooms_end => break,
                accepted = accept(&listener) => serve(accepted),
            }
        }
        drop((listener, router));
        let longest = front
            .settings
            .close_grace
            .saturating_mul(2)
            .saturating_add(front.settings.ping_interval);
        if timeout(longest, front.stop.stop()).await.is_err() {
            tracing::warn!("stopped with connections that did not end in {longest:?}");
        }
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // That one client went away again.
            Err(error) if is_clients(&error) => {}
            Err(error) => {
                tracing::error!(
                    "cannot take connections in: {error}; if these are too many open files, raise the limit"
                );
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// HTTP on one TCP connection, until it ends or becomes a WebSocket with a task of its own.
pub(crate) async fn serve_connection(stream: TcpStream, peer: SocketAddr, router: Router, front: Arc<Front>) {
    let mut stop = front.stop.watch();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, "small frames may be late: {error}");
    }
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let origin = cors::origin(&request);
        let answer = (!cors::is_preflight(&request)).then(|| router.call(request));
        cors::allow(origin, answer)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(front.settings.request_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.stopped() => {
            connection.as_mut().graceful_shutdown();
            timeout(front.settings.close_grace, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, "HTTP connection failed: {error}");
    }
}

/// Says to all connections that the host stops, and knows when the last has ended.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<Serving>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Serving {
    Yes,
    Stopping,
}

/// A connection's view of [`Stop`]. As long as it lives, the connection counts as open.
#[derive(Debug)]
pub(crate) struct Stopping(watch::Receiver<Serving>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(Serving::Yes))
    }
}

impl Stop {
    pub fn watch(&self) -> Stopping {
        Stopping(self.0.subscribe())
    }

    /// Says it and waits for the last connection.
    pub async fn stop(&self) {
        self.0.send_replace(Serving::Stopping);
        self.0.closed().await;
    }
}

impl Stopping {
    /// Waits until the host stops.
    pub async fn stopped(&mut self) {
        // Without a sender there is no host any more.
        let _ = self.0.wait_for(|serving| *serving == Serving::Stopping).await;
    }
}
