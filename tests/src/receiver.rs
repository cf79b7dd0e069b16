//! A receiver in either framework, on a port of its own. A test scripts its handler.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::http::StatusCode;
use axum::routing::{Router, post};
use countersign::dedupe::{Dedupe, Outcome};
use countersign::{Massu, Mutx, Verifier, VerifyMiddleware, massu, mutx};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

/// A framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// axum.
    Axum,
    /// actix-web.
    Actix,
}

/// Both frameworks.
pub const FRAMEWORKS: [Framework; 2] = [Framework::Axum, Framework::Actix];

/// One run of a handler.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Answers.
    Answer(u16),
    /// Answers after a time.
    After(Duration, u16),
    /// Answers when [`Handler::tell`] is called.
    WhenTold(u16),
    /// Panics after it has yielded once.
    Panic,
    /// Never answers.
    Hang,
}

/// A handler with a script: one act for each run. When the script is over, it answers 200.
#[derive(Clone, Debug, Default)]
pub struct Handler {
    script: Arc<Mutex<VecDeque<Act>>>,
    begun: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    outcomes: Arc<Mutex<Option<mpsc::Sender<Outcome>>>>,
    told: Arc<Notify>,
}

impl Handler {
    /// Appends to the script.
    pub fn will(&self, act: Act) {
        self.script.lock().unwrap().push_back(act);
    }

    /// Lets a run answer that waits for this.
    pub fn tell(&self) {
        self.told.notify_one();
    }

    /// The number of runs that have begun.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    /// The number of runs that have answered.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    /// The outcome of each request from now on.
    #[must_use]
    pub fn outcomes(&self) -> mpsc::Receiver<Outcome> {
        let (sender, receiver) = mpsc::channel();
        *self.outcomes.lock().unwrap() = Some(sender);
        receiver
    }

    /// The function for `VerifyMiddleware::on_outcome`. It ignores an error, because a test that has ended no longer listens.
    fn count(&self) -> impl Fn(Outcome) + Send + Sync + use<> {
        let outcomes = Arc::clone(&self.outcomes);
        move |outcome| {
            if let Some(sender) = &*outcomes.lock().unwrap() {
                sender.send(outcome).unwrap_or_default();
            }
        }
    }

    async fn run(&self) -> u16 {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let act = self.script.lock().unwrap().pop_front().unwrap_or(Act::Answer(200));
        let status = match act {
            Act::Answer(status) => status,
            Act::After(time, status) => {
                tokio::time::sleep(time).await;
                status
            }
            Act::WhenTold(status) => {
                self.told.notified().await;
                status
            }
            Act::Panic => {
                tokio::task::yield_now().await;
                panic!("as the script says")
            }
            Act::Hang => std::future::pending().await,
        };
        self.ended.fetch_add(1, Ordering::SeqCst);
        status
    }
}

/// The parts of a receiver. Clones share everything, so that two receivers with the same parts are two machines with one store.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The verifier of `/massu` and `/other`.
    pub massu: Verifier<Massu>,
    /// The verifier of `/mutx`.
    pub mutx: Verifier<Mutx>,
    /// The dedupe of all routes. `/other` is an endpoint of its own.
    pub dedupe: Dedupe,
    /// Whether `/mutx` handles equal bodies once. Otherwise it has no dedupe.
    pub equal_bodies: bool,
    /// The handler of all routes.
    pub handler: Handler,
}

/// Serves until the process ends.
#[must_use]
pub fn serve(framework: Framework, parts: &Parts) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let parts = parts.clone();
    let (ready, is_ready) = mpsc::channel();
    thread::spawn(move || match framework {
        Framework::Axum => serve_axum(listener, &parts, &ready),
        Framework::Actix => serve_actix(listener, parts, &ready),
    });
    is_ready.recv().unwrap();
    address
}

/// A runtime with two threads. It would have one for each processor otherwise, and a test starts many runtimes.
pub fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn serve_axum(listener: TcpListener, parts: &Parts, ready: &mpsc::Sender<()>) {
    listener.set_nonblocking(true).unwrap();
    let route = || {
        let handler = parts.handler.clone();
        post(move || async move { StatusCode::from_u16(handler.run().await).unwrap() })
    };
    let massu = VerifyMiddleware::<massu::Event>::new(parts.massu.clone()).on_outcome(parts.handler.count());
    let other = massu.clone().dedupe(parts.dedupe.clone().endpoint("other").unwrap());
    let mutx = VerifyMiddleware::<mutx::Event>::new(parts.mutx.clone());
    let mutx = if parts.equal_bodies { mutx.dedupe_equal_bodies(parts.dedupe.clone()) } else { mutx };
    let app = Router::new()
        .route("/massu", route().layer(massu.dedupe(parts.dedupe.clone())))
        .route("/other", route().layer(other))
        .route("/mutx", route().layer(mutx));
    runtime().block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        ready.send(()).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}

fn serve_actix(listener: TcpListener, parts: Parts, ready: &mpsc::Sender<()>) {
    let app = move || {
        let route = || {
            let handler = parts.handler.clone();
            web::post().to(move || {
                let handler = handler.clone();
                async move { HttpResponse::build(handler.run().await.try_into().unwrap()).finish() }
            })
        };
        let massu =
            VerifyMiddleware::<massu::Event>::new(parts.massu.clone()).on_outcome(parts.handler.count());
        let other = massu.clone().dedupe(parts.dedupe.clone().endpoint("other").unwrap());
        let mutx = VerifyMiddleware::<mutx::Event>::new(parts.mutx.clone());
        let mutx = if parts.equal_bodies { mutx.dedupe_equal_bodies(parts.dedupe.clone()) } else { mutx };
        App::new()
            .service(web::resource("/massu").wrap(massu.dedupe(parts.dedupe.clone())).route(route()))
            .service(web::resource("/other").wrap(other).route(route()))
            .service(web::scope("/mutx").wrap(mutx).route("", route()))
    };
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(app).workers(2).disable_signals().listen(listener).unwrap().run();
        ready.send(()).unwrap();
        server.await.unwrap();
    });
}
