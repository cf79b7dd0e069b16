//! Serves within limits, and judges the headers before it asks for a body.
//!
//! A client that sends `Expect: 100-continue` waits to be asked for its body. `HttpServer` asks by itself, before any code of the app
//! runs. If that is good enough, use `HttpServer::new(…).listen(…)`, which also limits connections and the time of the first head, and
//! leave most of this file out. actix-http, which `HttpServer` is built on, lets this file judge the headers first.

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpMessage as _, HttpService, Protocol, Request, Response};
use actix_service_traits::{IntoServiceFactory, ServiceFactoryExt as _, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Server, fn_service};
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use actix_web::{App, ResponseError as _};
use countersign::{Provider, Rejection, Verifier};
use countersign_service::{GRACE, Limits};

use crate::connection::Limited;

/// The verdicts on the headers of requests, a judge for each path.
#[derive(Default)]
pub(crate) struct Judges(Vec<(String, Judge)>);

type Judge = Box<dyn Fn(&HeaderMap) -> Result<(), Rejection>>;

impl Judges {
    /// Judges requests to this path as this verifier does.
    pub(crate) fn add<P: Provider>(&mut self, path: String, verifier: Verifier<P>) {
        self.0.push((path, Box::new(move |headers| verifier.begin(headers).map(drop))));
    }

    fn judge(&self, request: &Request) -> Result<(), Rejection> {
        let judge =
            self.0.iter().find(|(path, _)| request.method() == Method::POST && path == request.path());
        judge.map_or(Ok(()), |(_, judge)| judge(request.headers()))
    }
}

/// Serves until `stop`, then lets requests under way finish, but no longer than [`GRACE`].
pub(crate) fn serve<F>(
    listener: TcpListener,
    routes: F,
    limits: Limits,
    stop: impl Future<Output = ()> + 'static,
) -> io::Result<Server>
where
    F: Fn(&mut ServiceConfig, &mut Judges) + Clone + Send + 'static,
{
    // Each worker gets an equal part of the connections. With more workers than connections, some would have none.
    let workers = available_parallelism()?.get().min(MOST_WORKERS).min(limits.connections);
    let connections = limits.connections.div_euclid(workers);
    // A request may take both times, and a refused body is discarded for 2 seconds more.
    let patience =
        limits.head_timeout.saturating_add(limits.read_timeout).saturating_add(Duration::from_secs(5));
    // The server's own handling of Ctrl-C would drop requests under way.
    let builder = Server::build().disable_signals().shutdown_timeout(GRACE.as_secs());
    let builder = builder.workers(workers).max_concurrent_connections(connections);
    let builder = builder.listen("webhooks", listener, move || {
        let mut judges = Judges::default();
        let app = App::new().configure(|app| routes(app, &mut judges));
        let app = app.into_factory().map_err(|error| error.error_response());
        let judges = Rc::new(judges);
        let http = HttpService::build()
            .client_request_timeout(limits.head_timeout)
            .expect(fn_service(move |request: Request| {
                let verdict = judges.judge(&request).map_err(|rejection| answer(&rejection));
                ready(verdict.map(|()| request))
            }))
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            let stream = Limited::new(stream, patience);
            ready(Ok::<_, DispatchError>((stream, Protocol::Http1, peer)))
        })
        .and_then(http)
    })?;
    let server = builder.run();
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        stop.await;
        handle.stop(true).await;
    });
    Ok(server)
}

/// The builder panics if there are more workers.
const MOST_WORKERS: usize = 512;

fn answer(rejection: &Rejection) -> Response<BoxBody> {
    rejection.error_response().into()
}
