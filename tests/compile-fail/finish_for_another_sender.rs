use countersign::{Massu, Secret, Verifier, mutx};

fn main() {
    let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap());
    let incoming = verifier.begin(&[("a", "b")]).unwrap();
    let _ = incoming.finish::<mutx::Event>();
}
