use countersign::Secret;

fn main() {
    let _ = Secret::new("a").unwrap() == Secret::new("a").unwrap();
}
