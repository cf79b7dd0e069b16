use countersign::Secret;

fn main() {
    let _ = Secret::new("a").unwrap().to_string();
}
