//! Which path is whose.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use parlor_matchmaker::Matchmaker;

use crate::compat::{self, Door};
use crate::crowd::Crowd;
use crate::server::Stop;
use crate::settings::ServerSettings;
use crate::{matchmake, probe, status, upgrade};

/// What every request may need.
#[derive(Debug)]
pub(crate) struct Front {
    pub settings: ServerSettings,
    pub matchmaker: Arc<Matchmaker>,
    pub stop: Stop,
    pub crowd: Arc<Crowd>,
}

impl Front {
    pub fn new(settings: ServerSettings, matchmaker: Arc<Matchmaker>) -> Self {
        let crowd = Crowd::new(settings.max_connections, settings.max_connections_per_address);
        Self {
            settings,
            matchmaker,
            stop: Stop::default(),
            crowd: Arc::new(crowd),
        }
    }
}

/// All routes, once for each door. A method that a path does not have is answered like a path that does not exist,
/// as upstream does.
pub(crate) fn router(front: Arc<Front>) -> Router {
    let max_body_bytes = front.settings.max_body_bytes;
    routes(Door::Main)
        .nest(compat::PREFIX, routes(Door::Compat015))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .layer(DefaultBodyLimit::max(max_body_bytes))
        .with_state(front)
}

/// The routes of §1.1–1.3 and §2.
fn routes(door: Door) -> Router<Arc<Front>> {
    Router::new()
        .route("/", get(probe::root))
        .route("/__healthcheck", get(health))
        .route("/__parlor/versions", get(status::versions))
        .route("/matchmake", get(matchmake::list_all))
        .route("/matchmake/", get(matchmake::list_all))
        .route("/matchmake/{name}", get(matchmake::list))
        .route("/matchmake/{method}/{target}", post(matchmake::seat))
        .route("/{process}/{room}", get(upgrade::connect))
        .layer(Extension(door))
}

/// A balancer is to send nobody to a host that stops.
async fn health(State(front): State<Arc<Front>>) -> (StatusCode, &'static str) {
    if front.matchmaker.is_closing() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down");
    }
    (StatusCode::OK, "OK")
}

/// Status 404 without a body.
pub(crate) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}
