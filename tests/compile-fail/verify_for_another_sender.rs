use countersign::{Massu, Secret, Verified, Verifier, mutx};

fn main() {
    let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap());
    let _: Verified<mutx::Event> = verifier.verify(&[("a", "b")], "{}").unwrap();
}
