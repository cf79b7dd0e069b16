//! A receiver that a test kills: `receiver axum|actix REDIS_URL`. Its handler never answers. It prints `handling` when the handler begins.

use std::time::{Duration, Instant};

use countersign::dedupe::Dedupe;
use countersign::{Secret, Verifier};
use countersign_redis::RedisStore;
use countersign_tests::receiver::{Act, Framework, Handler, Parts, serve};

fn main() {
    let [framework, url] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let framework = if framework == "axum" { Framework::Axum } else { Framework::Actix };
    let handler = Handler::default();
    handler.will(Act::Hang);
    let secret = Secret::from_env("SECRET").unwrap();
    // The default is short enough for a busy machine to look like an outage.
    let store = RedisStore::new(&url, "receiver").unwrap().timeout(Duration::from_secs(5));
    let parts = Parts {
        massu: Verifier::new(secret.clone()).unwrap(),
        mutx: Verifier::new(secret).unwrap(),
        dedupe: Dedupe::new(store),
        equal_bodies: false,
        handler: handler.clone(),
    };
    println!("{}", serve(framework, &parts));
    let begun = Instant::now();
    while handler.begun() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no delivery came to the handler");
        std::thread::sleep(Duration::from_millis(2));
    }
    println!("handling");
    loop {
        std::thread::park();
    }
}
